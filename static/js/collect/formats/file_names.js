// Names of the pictures in a ZIP: a folder a sitting, so that `label --session-folders` and `split` keep sittings apart. Pure.

const SITTING = /^sitting-([1-9]\d{0,3})$/;

/** A sitting's folder. */
export const sittingFolder = (sitting) => `sitting-${sitting}`;

/** Names by id: "sitting-1/with_mask-0001.jpg"; "mixed" where the faces of a picture have several labels. @param {import("../model/picture.js").Picture[]} pictures */
export function fileNames(pictures) {
  const numbers = new Map();
  return new Map(
    pictures.map(({ id, sitting, boxes }) => {
      const labels = new Set(boxes.map(({ label }) => label));
      const stem = `${sittingFolder(sitting)}/${labels.size === 1 ? [...labels][0] : "mixed"}`;
      numbers.set(stem, (numbers.get(stem) ?? 0) + 1);
      return [id, `${stem}-${String(numbers.get(stem)).padStart(4, "0")}.jpg`];
    }),
  );
}

/** A name with another extension. */
export const withExtension = (name, extension) => name.replace(/\.[^./]*$/, "") + extension;

/**
 * Sittings for the folders of a ZIP: those of our own names keep their number, every other folder is a new sitting, and pictures
 * without a folder belong to the current one.
 * @param {string[]} names of pictures
 * @param {{current: number, last: number}} sittings `last`: the highest number that is taken
 * @returns {Map<string, number>} by name
 */
export function sittingsOf(names, { current, last }) {
  const folders = names.map((name) => name.split("/").slice(0, -1));
  const own = folders.map((folder) => Number(SITTING.exec(folder.at(-1) ?? "")?.[1] ?? 0));
  let next = Math.max(last, ...own);
  const others = new Map();
  return new Map(
    names.map((name, i) => {
      const folder = folders[i].join("/");
      if (own[i]) return [name, own[i]];
      if (!folder) return [name, current];
      if (!others.has(folder)) others.set(folder, (next += 1));
      return [name, others.get(folder)];
    }),
  );
}
