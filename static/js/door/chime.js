// A short sound for each state. The browser plays it in a thread of its own, so it costs no frame.

/** Frequencies, in hertz, of the notes of each state, one after the other; a state without notes is silent. */
const NOTES = {
  with_mask: [659.3, 880],
  without_mask: [440, 311.1],
  mask_worn_incorrectly: [523.3, 523.3, 523.3],
};
const NOTE_S = 0.16;
const VOLUME = 0.25;
/** Several faces in a moment are one sound. */
const PAUSE_MS = 1200;

/** Plays chimes. */
export class Chime {
  on = true;
  #AudioContext;
  #audio = null;
  #played_ms = -Infinity;

  /** @param {typeof AudioContext | undefined} AudioContext undefined where the browser has none */
  constructor(AudioContext) {
    this.#AudioContext = AudioContext;
  }

  /** To be called while the visitor taps: browsers allow sound only then. */
  unlock() {
    if (!this.#AudioContext) return;
    this.#audio ??= new this.#AudioContext();
    if (this.#audio.state !== "running") this.#audio.resume().catch(() => {});
  }

  /** Play a state's chime, unless one was just played. @returns {boolean} whether it plays: not before `unlock`, if the browser asks for a tap */
  play(state, now_ms) {
    const notes = NOTES[state];
    if (!this.on || !notes || now_ms - this.#played_ms < PAUSE_MS) return false;
    if (this.#AudioContext) this.#audio ??= new this.#AudioContext();
    if (this.#audio?.state !== "running") return false;
    this.#played_ms = now_ms;
    notes.forEach((frequency, i) => this.#note(frequency, this.#audio.currentTime + i * NOTE_S));
    return true;
  }

  /** Close the sound device. */
  async close() {
    const audio = this.#audio;
    this.#audio = null;
    await audio?.close();
  }

  #note(frequency, start_s) {
    const oscillator = new OscillatorNode(this.#audio, { frequency, type: "triangle" });
    const gain = new GainNode(this.#audio, { gain: 0 });
    // Without a ramp each end clicks.
    gain.gain.setValueAtTime(0, start_s);
    gain.gain.linearRampToValueAtTime(VOLUME, start_s + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, start_s + NOTE_S * 1.8);
    oscillator.connect(gain).connect(this.#audio.destination);
    oscillator.start(start_s);
    oscillator.stop(start_s + NOTE_S * 1.8);
  }
}
