// Counts the faces that pass: each track once, after its vote. Pure: the caller passes the time.
import { NOT_SURE } from "../shared/faces/certainty.js";

/** The vote's half-life is half a second: after two of them its label holds. */
const VOTED_MS = 1000;
/** A face that is "not sure" for so long is counted as that. */
const UNDECIDED_MS = 3000;
/** The tracker gives a face that was out of view for so long a new number. */
const FORGET_MS = 1000;
/** A new stream numbers faces anew. Those that were in view before are the same, if the break was short and they are there at once. */
const BREAK_MAX_MS = 10_000;
const BACK_WITHIN_MS = 3000;

/** Follows the tracks of a stream; keeps nothing of a face that has left. */
export class FaceCounter {
  #tracks = new Map();
  #break = null;
  #resumed_ms = -Infinity;
  #expected = 0;

  /**
   * The faces of the next frame.
   * @param {{track_id: number | null, state: string}[]} faces
   * @returns {string[]} the state of each face that is counted now
   */
  update(faces, now_ms) {
    this.#resume(now_ms);
    const counted = [];
    for (const { track_id, state } of faces) {
      if (!Number.isInteger(track_id)) continue;
      const before = this.#tracks.get(track_id);
      const track = before && now_ms - before.seen_ms <= FORGET_MS ? before : this.#begin(before, now_ms, counted);
      Object.assign(track, { seen_ms: now_ms, state });
      this.#tracks.set(track_id, track);
      if (now_ms - track.born_ms >= (state === NOT_SURE ? UNDECIDED_MS : VOTED_MS)) this.#count(track, counted);
    }
    for (const [id, track] of this.#tracks) {
      if (now_ms - track.seen_ms <= FORGET_MS) continue;
      this.#tracks.delete(id);
      this.#leave(track, counted);
    }
    return counted;
  }

  /** The stream ends here, and another one follows: after a lost connection, or at another place of detection. */
  interrupt(now_ms) {
    if (!this.#tracks.size) return;
    const present = [...this.#tracks.values()].filter((track) => track.counted && now_ms - track.seen_ms <= FORGET_MS);
    this.#break = { began_ms: now_ms, faces: present.length };
    this.#tracks.clear();
  }

  /** How many faces it follows at the moment. */
  get size() {
    return this.#tracks.size;
  }

  #resume(now_ms) {
    if (!this.#break) return;
    this.#expected = now_ms - this.#break.began_ms <= BREAK_MAX_MS ? this.#break.faces : 0;
    this.#resumed_ms = now_ms;
    this.#break = null;
  }

  #begin(before, now_ms, counted) {
    if (before) this.#leave(before, counted);
    return { born_ms: now_ms, counted: false };
  }

  /** A face that left undecided was there all the same. */
  #leave(track, counted) {
    if (track.seen_ms - track.born_ms >= VOTED_MS) this.#count(track, counted);
  }

  #count(track, counted) {
    if (track.counted) return;
    track.counted = true;
    if (this.#expected > 0 && track.born_ms - this.#resumed_ms <= BACK_WITHIN_MS) this.#expected -= 1;
    else counted.push(track.state);
  }
}
