// How the boxes of a stream come, change and go: they settle in, cross-fade and fade out. Pure: the caller passes the time.

const SETTLE_MS = 200;
/** A new box starts this much larger than the face. */
const SETTLE_FROM = 1.15;
/** A box older than this may no longer be where the face is: it fades, down to OLD_ALPHA at OLDEST_MS. */
const OLD_MS = 1000;
const OLDEST_MS = 2500;
const OLD_ALPHA = 0.3;

/** Follows the marks of a stream by their `track_id`; a mark without one neither moves nor fades. */
export class BoxMotion {
  #still;
  #entries = new Map();
  #marks = [];
  #captured_ms = 0;

  /** @param {() => boolean} still whether the visitor wants no motion */
  constructor(still) {
    this.#still = still;
  }

  /** The marks of the newest result, each with its track_id, and when its frame was captured. */
  update(marks, now_ms, captured_ms = now_ms) {
    const entries = new Map();
    for (const mark of marks) {
      if (!Number.isInteger(mark.track_id)) continue;
      const before = this.#entries.get(mark.track_id);
      const entry = before && !before.gone_ms ? before : { born_ms: now_ms };
      const changed = entry.mark && entry.mark.state !== mark.state && { from: entry.mark.state, changed_ms: now_ms };
      entries.set(mark.track_id, { ...entry, ...changed, mark });
    }
    for (const [id, entry] of this.#entries) {
      if (!entries.has(id)) entries.set(id, { gone_ms: now_ms, ...entry });
    }
    this.#entries = entries;
    this.#marks = marks;
    this.#captured_ms = captured_ms;
  }

  /** Forget all marks at once. */
  clear() {
    this.#entries = new Map();
    this.#marks = [];
  }

  /** The marks as they are drawn now; see `drawMarks`. */
  at(now_ms) {
    const age = ageAlpha(now_ms - this.#captured_ms);
    if (this.#still()) return this.#marks.map((mark) => ({ ...mark, alpha: age }));
    const present = this.#marks.map((mark) => {
      const entry = this.#entries.get(mark.track_id);
      return entry ? settled(mark, entry, now_ms, age) : { ...mark, alpha: age };
    });
    return [...this.#leaving(now_ms), ...present];
  }

  /** In how many milliseconds the marks look different: 0 while they move or fade, Infinity if they stay as they are. */
  nextChange_ms(now_ms) {
    const isRecent = ({ born_ms, changed_ms = 0, gone_ms = 0 }) => now_ms - Math.max(born_ms, changed_ms, gone_ms) < SETTLE_MS;
    if (!this.#still() && [...this.#entries.values()].some(isRecent)) return 0;
    const age_ms = now_ms - this.#captured_ms;
    return this.#marks.length && age_ms < OLDEST_MS ? Math.max(0, OLD_MS - age_ms) : Infinity;
  }

  #leaving(now_ms) {
    const found = [];
    for (const [id, { mark, gone_ms }] of this.#entries) {
      if (gone_ms === undefined) continue;
      const alpha = 1 - (now_ms - gone_ms) / SETTLE_MS;
      if (alpha > 0) found.push({ ...mark, alpha, bare: true });
      else this.#entries.delete(id);
    }
    return found;
  }
}

function settled(mark, { born_ms, from, changed_ms }, now_ms, age) {
  const t = Math.min(1, (now_ms - born_ms) / SETTLE_MS);
  const scale = 1 + (SETTLE_FROM - 1) * (1 - t) ** 2;
  const alpha = age * t;
  const box = {
    x: mark.x - (mark.width * (scale - 1)) / 2,
    y: mark.y - (mark.height * (scale - 1)) / 2,
    width: mark.width * scale,
    height: mark.height * scale,
  };
  const change = changed_ms === undefined ? 1 : Math.min(1, (now_ms - changed_ms) / SETTLE_MS);
  const fading = change < 1 && { fading: { state: from, alpha: alpha * (1 - change) } };
  return { ...mark, ...box, alpha: alpha * change, ...fading };
}

/** The opacity of boxes whose frame is so old. */
function ageAlpha(age_ms) {
  const t = Math.min(1, Math.max(0, (age_ms - OLD_MS) / (OLDEST_MS - OLD_MS)));
  return 1 - t * (1 - OLD_ALPHA);
}
