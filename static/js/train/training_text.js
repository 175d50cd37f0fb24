// What a training is, in words. Pure.
import { duration } from "../shared/numbers.js";

export const TASK_TEXT = { localizer: "Find my face", classifier: "Judge my mask" };
export const STAGES = {
  check: "Check the collection",
  label: "Read the labels",
  split: "Split by sitting",
  augment: "Make copies",
  train: "Train",
  evaluate: "Test",
  export: "Export",
  report: "Report",
};
export const LABEL_TEXT = {
  with_mask: "with a mask",
  without_mask: "without a mask",
  mask_worn_incorrectly: "worn incorrectly",
};

/** Where a training is: "Training, epoch 2 of 8, about 3 min left". */
export function statusText({ state, stage, epoch, eta_s, error }) {
  if (state === "queued") return "Waiting for its turn";
  if (state === "cancelled") return "Cancelled";
  if (state === "failed") return error?.message ?? "It failed.";
  if (state === "succeeded") return "Done";
  if (stage !== "train") return STAGES[stage] ? `${STAGES[stage]}…` : "Starting…";
  if (!epoch) return "Training: the network is built…";
  const left = eta_s ? `, about ${duration(eta_s)} of training left` : "";
  return `Training, epoch ${epoch.epoch} of ${epoch.epochs}${left}`;
}

/** The states of the stages: "done", "now" or "later", by name. */
export function stageStates({ state, stage }) {
  const names = Object.keys(STAGES);
  const now = state === "running" ? names.indexOf(stage) : -1;
  return Object.fromEntries(names.map((name, i) => [name, i < now ? "done" : i === now ? "now" : "later"]));
}

/** The result in a sentence. @param {object} report of a training */
export function headline({ task, table }) {
  const share = table.faces ? Math.floor((100 * table.right) / table.faces) : 0;
  if (task === "classifier") return `Right label on ${table.right} of ${table.faces} faces (${share}\u00a0%) in pictures that it never learnt from.`;
  const iou = table.mean_iou === null ? "" : ` Its boxes overlap yours by ${Math.round(100 * table.mean_iou)}\u00a0% on average.`;
  return `Right on ${table.right} of ${table.faces} pictures (${share}\u00a0%) that it never learnt from.${iou}`;
}

/** What a row or a column of the matrix is called. */
export const matrixText = (name) => LABEL_TEXT[name] ?? name;

/** What a cell of the matrix shows: "3 pictures: with a mask, called without a mask". */
export function cellText(table, row, column) {
  const count = table.cells[row][column].length;
  return `${count} ${count === 1 ? "picture" : "pictures"}: ${matrixText(table.rows[row])}, called ${matrixText(table.columns[column])}`.replace("called not found", "not found").replace("called found", "found");
}

/** Whether a cell counts as right. */
export const isRight = (table, row, column) => (table.columns.length > table.rows.length ? (row === 0 ? column === 0 : column === table.columns.length - 1) : row === column);
