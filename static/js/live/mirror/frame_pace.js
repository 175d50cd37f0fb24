// How large frames are on a link that carries few bytes. Pure: the caller passes the times.
import { median } from "../../shared/median.js";

/** From the usual frame to the smallest; each has about half of the bytes of the one before. */
const STEPS = [
  { longerSide_px: Infinity, quality: 0.75, mostInFlight: Infinity },
  { longerSide_px: 320, quality: 0.6, mostInFlight: 2 },
  { longerSide_px: 256, quality: 0.5, mostInFlight: 2 },
  { longerSide_px: 192, quality: 0.5, mostInFlight: 1 },
];
const SLOW_MS = 500;
const QUICK_MS = 150;
const REPLIES_TO_SHRINK = 3;
const REPLIES_TO_GROW = 40;
/** The first frames of a new size waited behind the last ones of the old size. */
const REPLIES_BEHIND_OLD = 4;
/** Smaller frames that are hardly sooner there: it is the distance, not the bytes. */
const USELESS = 0.85;

/** Chooses among the steps by the time that frames spend on the way. */
export class FramePace {
  #step = 0;
  #trips_ms = [];
  #behindOld = 0;
  /** The median on the step before; null once the step has proved itself. */
  #before_ms = null;
  #distant = false;

  /** What the next frame is: its step, its longer side at most, its JPEG quality, and how many may be under way. */
  get frame() {
    return { step: this.#step, ...STEPS[this.#step] };
  }

  /** Whether frames are smaller than usual. */
  get reduced() {
    return this.#step > 0;
  }

  /** A frame of a step was answered after so long, of which it spent `server_ms` at the server. */
  reply(step, round_trip_ms, server_ms) {
    if (step !== this.#step) return;
    if (this.#behindOld > 0) {
      this.#behindOld -= 1;
      return;
    }
    this.#trips_ms.push(round_trip_ms - server_ms);
    if (this.#trips_ms.length > REPLIES_TO_GROW) this.#trips_ms.shift();
    if (this.#trips_ms.length < REPLIES_TO_SHRINK) return;
    const recent_ms = median(this.#trips_ms.slice(-REPLIES_TO_SHRINK));
    if (this.#before_ms !== null && recent_ms > USELESS * this.#before_ms) {
      this.#distant = true;
      this.#go(this.#step - 1, null);
      return;
    }
    this.#before_ms = null;
    if (recent_ms > SLOW_MS && !this.#distant && this.#step < STEPS.length - 1) this.#go(this.#step + 1, recent_ms);
    else if (this.#trips_ms.length === REPLIES_TO_GROW && median(this.#trips_ms) < QUICK_MS && this.#step > 0) this.#go(this.#step - 1, null);
  }

  /** A new connection may have another way. */
  restart() {
    this.#distant = false;
    this.#go(0, null);
  }

  #go(step, before_ms) {
    this.#step = step;
    this.#before_ms = before_ms;
    this.#trips_ms = [];
    this.#behindOld = REPLIES_BEHIND_OLD;
  }
}
