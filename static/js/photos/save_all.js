// All results at once: a ZIP of the annotated pictures, a table of all faces.
import { csv } from "../shared/files/csv.js";
import { STATES } from "../shared/faces/face_states.js";
import { zipOf } from "../shared/files/zip.js";

const HEAD = ["file", "face", "state", "mask_certainty", "face_certainty", "x1", "y1", "x2", "y2"];

/** The faces of all photos as CSV. @param {{name: string, faces: object[]}[]} photos */
export function facesCsv(photos) {
  const rows = photos.flatMap(({ name, faces }) =>
    faces.map(({ number = 1, state, label_score, detection_score, box }) => [name, number, STATES[state].word, label_score.toFixed(4), detection_score.toFixed(4), ...box.map((value) => value.toFixed(1))]),
  );
  return csv([HEAD, ...rows]);
}

/** Names of files in one folder: of equal ones, all but the first get a number. @param {string[]} stems */
export function uniqueNames(stems, extension) {
  const taken = new Set();
  return stems.map((stem) => {
    let name = `${stem}.${extension}`;
    for (let n = 2; taken.has(name); n += 1) name = `${stem} (${n}).${extension}`;
    taken.add(name);
    return name;
  });
}

/** A ZIP of the annotated pictures and their table; one picture at a time is in memory beside it. @param {object[]} cards done */
export async function picturesZip(cards) {
  const names = uniqueNames(cards.map((card) => `${card.stem}-masks`), "png");
  async function* files() {
    yield { name: "faces.csv", input: facesCsv(cards) };
    for (const [i, card] of cards.entries()) yield { name: names[i], input: await card.png() };
  }
  return zipOf(files());
}
