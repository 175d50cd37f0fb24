// The performance metrics of the live page: frame rate, delay, and the time of each step.
import { RollingStats } from "./mirror/rolling_stats.js";

const SERVER_STEPS = ["queue", "decode", "detect", "classify"];

const milliseconds = (value) => (value === null ? "–" : `${Math.round(value)}\u00a0ms`);

/** Collects metrics of every result and writes them into the elements with `data-metric`. */
export class PerformancePanel {
  #cells;
  #times = Object.fromEntries(["round_trip", "delay", ...SERVER_STEPS].map((name) => [name, new RollingStats()]));
  #size = "–";

  constructor(root) {
    this.#cells = new Map([...root.querySelectorAll("[data-metric]")].map((cell) => [cell.dataset.metric, cell]));
  }

  /** Add the metrics of one result. */
  add(result, round_trip_ms, delay_ms) {
    const now = performance.now();
    this.#times.round_trip.add(now, round_trip_ms);
    this.#times.delay.add(now, delay_ms);
    for (const step of SERVER_STEPS) this.#times[step].add(now, result.timings?.[`${step}_ms`] ?? 0);
    this.#size = `${result.width} × ${result.height}`;
  }

  /** Write the current means into the page. */
  show() {
    const now = performance.now();
    this.#write("rate", this.#times.delay.rate(now).toFixed(1));
    this.#write("size", this.#size);
    for (const [name, stats] of Object.entries(this.#times)) this.#write(name, milliseconds(stats.mean(now)));
  }

  #write(name, text) {
    const cell = this.#cells.get(name);
    if (cell) cell.textContent = text;
  }
}
