// The read-out for the curious: how fast, how old, and where the time goes.
import { Rolling } from "./rolling_stats.js";

const milliseconds = (value) => (value === null ? "–" : `${Math.round(value)}\u00a0ms`);

/** Collects figures with every answer and writes them into the elements that carry `data-figure`. */
export class FigureBoard {
  #cells;
  #figures = Object.fromEntries(["round_trip", "age", "queue", "decode", "detect", "classify"].map((name) => [name, new Rolling()]));
  #size = "–";

  constructor(root) {
    this.#cells = new Map([...root.querySelectorAll("[data-figure]")].map((cell) => [cell.dataset.figure, cell]));
  }

  /** One more answer. */
  add(answer, round_trip_ms, age_ms) {
    const now = performance.now();
    this.#figures.round_trip.add(now, round_trip_ms);
    this.#figures.age.add(now, age_ms);
    for (const step of ["queue", "decode", "detect", "classify"]) this.#figures[step].add(now, answer.timings?.[`${step}_ms`] ?? 0);
    this.#size = `${answer.width} × ${answer.height}`;
  }

  /** Write the figures of the last seconds. */
  show() {
    const now = performance.now();
    this.#write("rate", this.#figures.age.rate(now).toFixed(1));
    this.#write("size", this.#size);
    for (const [name, rolling] of Object.entries(this.#figures)) this.#write(name, milliseconds(rolling.mean(now)));
  }

  #write(name, text) {
    const cell = this.#cells.get(name);
    if (cell) cell.textContent = text;
  }
}
