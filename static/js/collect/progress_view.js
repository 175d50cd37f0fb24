// What there is, by label and sitting, against what is enough.
import { byId, fromTemplate, stateElement } from "../shared/dom.js";
import { ENOUGH, missingText, progressOf } from "./model/progress.js";

/** Shows the progress of a collection. @param {import("./model/picture.js").Picture[]} pictures @returns the progress */
export function showProgress(pictures) {
  const progress = progressOf(pictures);
  byId("progress-rows").replaceChildren(...progress.rows.map((row) => rowElement(row, progress.sittings)));
  const left = [
    progress.withoutBox ? `${progress.withoutBox} without a box` : "",
    progress.leftOut ? `${progress.leftOut} left out` : "",
  ].filter(Boolean);
  byId("progress-note").textContent = left.length ? `Not counted: ${left.join(", ")}.` : "";
  return progress;
}

function rowElement(row, sittings) {
  const { root, parts } = fromTemplate("progress-row");
  parts.state.replaceWith(stateElement(row.label));
  Object.assign(parts.bar, { max: ENOUGH.pictures, value: Math.min(row.total, ENOUGH.pictures) });
  parts.bar.setAttribute("aria-label", missingText(row));
  parts.total.textContent = `${row.total} of ${ENOUGH.pictures}`;
  parts.missing.textContent = missingText(row).replace(/^[^:]*: /, "");
  root.toggleAttribute("data-enough", row.enough);
  parts.sittings.textContent = sittings.length > 1 ? row.counts.map((count, i) => `sitting ${sittings[i]}: ${count}`).join(" · ") : "";
  return root;
}
