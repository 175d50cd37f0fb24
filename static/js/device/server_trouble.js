// Whether the server is gone, busy or slow, from its connection and its replies. Pure: the caller passes the time.

import { median } from "../shared/median.js";

const WINDOW_MS = 5000;
/** So many replies in the window, at the least, before their times count. */
const REPLIES_MIN = 3;
const SLOW_MS = 1000;
/** A connection that is being made anew for so long is gone: a restart takes a few seconds. */
const GONE_MS = 3000;

/** Watches the server. */
export class ServerTrouble {
  #lostSince_ms = null;
  #replies = [];

  /** The connection's state changed: "open", or why it is not. */
  connection(state, now_ms) {
    if (state === "open" || state === "connecting") this.#lostSince_ms = null;
    else this.#lostSince_ms ??= now_ms;
    this.#replies = [];
  }

  /** A frame was answered. @param {{timings?: {queue_ms: number}, error?: {code: string}}} result */
  reply(result, round_trip_ms, now_ms) {
    this.#replies.push({ now_ms, round_trip_ms, queue_ms: result.timings?.queue_ms ?? 0, busy: result.error?.code === "busy" });
  }

  /** @returns {"gone" | "busy" | "slow" | null} busy: most of the time frames wait at the server */
  kind(now_ms) {
    if (this.#lostSince_ms !== null) return now_ms - this.#lostSince_ms >= GONE_MS ? "gone" : null;
    this.#replies = this.#replies.filter((reply) => now_ms - reply.now_ms <= WINDOW_MS);
    if (this.#replies.length < REPLIES_MIN) return null;
    const taken = median(this.#replies.map(({ round_trip_ms }) => round_trip_ms));
    const busy = this.#replies.filter((reply) => reply.busy).length * 2 > this.#replies.length;
    if (busy) return "busy";
    if (taken < SLOW_MS) return null;
    return median(this.#replies.map(({ queue_ms }) => queue_ms)) * 2 > taken ? "busy" : "slow";
  }
}

/** What is offered, by kind of trouble. */
export const TROUBLE_TEXT = {
  gone: "The server cannot be reached.",
  busy: "The server is busy.",
  slow: "The server answers slowly.",
  link: "Slow connection: boxes come late, and pictures are sent smaller.",
};
