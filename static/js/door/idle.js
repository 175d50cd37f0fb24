// When the idle screen shows, and where its clock stands. Pure: the caller passes the time.

const MINUTE_MS = 60_000;
/** The clock moves once a minute, so that it burns into no screen. */
const PLACES = 6;

/** Watches for faces. */
export class Idle {
  /** Seconds without a face until the idle screen shows; 0 for never. */
  after_s = 60;
  #faceAt_ms;

  constructor(now_ms) {
    this.#faceAt_ms = now_ms;
  }

  /** A face is in view, or somebody touched the screen. */
  wake(now_ms) {
    this.#faceAt_ms = now_ms;
  }

  isIdle(now_ms) {
    return this.after_s > 0 && now_ms - this.#faceAt_ms >= this.after_s * 1000;
  }
}

/** The number of the place of the clock at this time, 0 to 5. */
export function clockPlace(time_ms) {
  return Math.floor(time_ms / MINUTE_MS) % PLACES;
}
