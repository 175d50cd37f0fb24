// What was done, so that it can be undone and done again. Pure.

/**
 * One picture's part of a step: the fields that change, before and after. Null: the picture is not there.
 * @typedef {{id: string, before: object | null, after: object | null}} Change
 * @typedef {{text: string, changes: Change[], group?: string}} Step `text`: what was done, in words
 */

/** Steps are kept for as long as the page; the oldest are forgotten. */
const KEPT = 500;

/** Keeps steps; whoever owns the pictures applies them. */
export class History {
  #done = [];
  #undone = [];

  /** Note a step. Steps of one group that follow each other become one: a box that is moved by twenty keys. @param {Step} step */
  push(step) {
    this.#undone = [];
    const last = this.#done.at(-1);
    if (step.group && last?.group === step.group) last.changes = merged(last.changes, step.changes);
    else this.#done.push({ ...step });
    this.#done.splice(0, this.#done.length - KEPT);
  }

  /** The next step joins none before it. */
  close() {
    if (this.#done.length) delete this.#done.at(-1).group;
  }

  /** What "undo" would undo, in words; null: nothing. */
  get undoText() {
    return this.#done.at(-1)?.text ?? null;
  }

  /** What "redo" would do again, in words; null: nothing. */
  get redoText() {
    return this.#undone.at(-1)?.text ?? null;
  }

  /** Take the last step back. @returns {Step | null} its changes, reversed */
  undo() {
    const step = this.#done.pop();
    if (!step) return null;
    delete step.group;
    this.#undone.push(step);
    return { text: step.text, changes: step.changes.map(({ id, before, after }) => ({ id, before: after, after: before })).reverse() };
  }

  /** Do the last undone step again. @returns {Step | null} */
  redo() {
    const step = this.#undone.pop();
    if (!step) return null;
    this.#done.push(step);
    return step;
  }

  /** Forget everything. */
  clear() {
    this.#done = [];
    this.#undone = [];
  }
}

/** Two steps of one group as one: the first "before" and the last "after" of each picture. */
function merged(first, second) {
  const changes = new Map(first.map((change) => [change.id, change]));
  for (const { id, before, after } of second) {
    const earlier = changes.get(id);
    if (!earlier) changes.set(id, { id, before, after });
    // A picture that this step added stays added, with what changed since.
    else if (earlier.before === null && after) changes.set(id, { id, before: null, after: { ...earlier.after, ...after } });
    else changes.set(id, { id, before: { ...before, ...earlier.before }, after: after && { ...earlier.after, ...after } });
  }
  return [...changes.values()];
}
