// The sheet with the counts: a plot by minute, hour or day, its table, and the file.
import { byId } from "../shared/dom.js";
import { download } from "../shared/files/download.js";
import { STATE_NAMES } from "../shared/faces/face_states.js";
import { lane } from "../shared/lanes.js";
import { timestampedName } from "../shared/numbers.js";
import { PERIODS, byUnit, countsCsv, series } from "./counts.js";

const PERIOD_TEXT = { hour: "in the last hour", day: "in the last 24 hours", month: "in the last 31 days" };
/** How the beginning of a minute, an hour or a day reads. */
const FORMATS = {
  minute: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  hour: { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { day: "numeric", month: "short" },
};

/** Connects the elements of the sheet with the store. */
export class CountsSheet {
  #store;
  #sender;
  #period = "hour";

  /** @param {import("./count_store.js").CountStore} store @param {import("./count_sender.js").CountSender} sender */
  constructor(store, sender) {
    this.#store = store;
    this.#sender = sender;
    byId("counts").addEventListener("toggle", ({ newState }) => newState === "open" && this.show());
    byId("period").addEventListener("change", ({ target }) => {
      this.#period = target.value;
      this.show();
    });
    byId("save-counts").addEventListener("click", () => this.#save());
    byId("forget-counts").addEventListener("click", () => this.#confirm(true));
    byId("keep-counts").addEventListener("click", () => this.#confirm(false));
    byId("forget-counts-now").addEventListener("click", () => this.#forget());
  }

  /** Show the counts as they are now. */
  async show() {
    const now_ms = Date.now();
    const rows = await this.#store.rows();
    const { unit } = PERIODS[this.#period];
    const { starts, byState, totals, max } = series(rows, this.#period, now_ms);
    const format = new Intl.DateTimeFormat("en", FORMATS[unit]);
    const total = STATE_NAMES.reduce((sum, state) => sum + totals[state], 0);
    byId("counts-total").textContent = `${total === 1 ? "1 face" : `${total} faces`} ${PERIOD_TEXT[this.#period]}`;
    byId("counts-plot").replaceChildren(...STATE_NAMES.map((state) => this.#lane(state, byState[state], totals[state], max)));
    byId("counts-from").textContent = format.format(starts[0]);
    byId("counts-most").textContent = `Highest bar: ${max} a ${unit}`;
    const inPeriod = byUnit(rows, unit).filter(({ start_ms }) => start_ms >= starts[0]);
    byId("counts-rows").replaceChildren(...inPeriod.reverse().map((row) => tableRow(format.format(row.start_ms), row)));
    byId("save-counts").disabled = byId("forget-counts").disabled = rows.length === 0;
    byId("counts-note").textContent = this.#note();
  }

  #note() {
    if (!this.#store.kept) return "This browser keeps nothing for this page: the counts are lost when it is closed.";
    return this.#sender.problem ? `The counts are not being forwarded. ${this.#sender.problem}` : "";
  }

  #lane(state, values, total, max) {
    const root = lane(state, values, max);
    const sum = Object.assign(document.createElement("span"), { className: "sum", textContent: String(total) });
    root.querySelector(".state").append(sum);
    return root;
  }

  async #save() {
    const { unit } = PERIODS[this.#period];
    const text = countsCsv(await this.#store.rows(), unit);
    download(new Blob([text], { type: "text/csv" }), timestampedName(new Date(), "csv"));
  }

  #confirm(asking) {
    byId("forget-question").hidden = !asking;
    byId("forget-counts").hidden = asking;
    byId(asking ? "keep-counts" : "forget-counts").focus();
  }

  async #forget() {
    await this.#store.clear();
    this.#confirm(false);
    await this.show();
    byId("period").querySelector("input:checked").focus();
  }
}

function tableRow(time, row) {
  const root = document.createElement("tr");
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: time });
  const cells = STATE_NAMES.map((state) => Object.assign(document.createElement("td"), { textContent: String(row[state]) }));
  root.append(head, ...cells);
  return root;
}
