// Says the state's word, with the browser's own voice (Web Speech); it speaks beside the page, so it costs no frame.

const WORDS = { with_mask: "Mask", without_mask: "No mask", mask_worn_incorrectly: "Mask worn incorrectly" };
/** Some browsers never end an utterance: after so long it is given up. */
const STUCK_MS = 8000;

/** Speaks one word at a time; what would have to wait is left out, for it would be of somebody who has passed. */
export class SpokenWord {
  on = false;
  #synthesis;
  #Utterance;
  #began_ms = -Infinity;

  /**
   * @param {SpeechSynthesis | undefined} synthesis undefined where the browser has none
   * @param {typeof SpeechSynthesisUtterance | undefined} Utterance
   */
  constructor(synthesis, Utterance) {
    this.#synthesis = synthesis;
    this.#Utterance = Utterance;
  }

  /** Whether this browser can speak. */
  get available() {
    return Boolean(this.#synthesis && this.#Utterance);
  }

  /** Say a state's word. @returns {boolean} whether it is said */
  say(state, now_ms) {
    if (!this.on || !this.available || !WORDS[state]) return false;
    if (this.#synthesis.speaking || this.#synthesis.pending) {
      if (now_ms - this.#began_ms < STUCK_MS) return false;
      this.#synthesis.cancel();
    }
    this.#began_ms = now_ms;
    const utterance = new this.#Utterance(WORDS[state]);
    utterance.lang = "en";
    this.#synthesis.speak(utterance);
    return true;
  }

  /** Be quiet at once. */
  stop() {
    this.#synthesis?.cancel();
  }
}
