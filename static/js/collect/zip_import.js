// Pictures and labels of a ZIP, into the collection.
import { sittingsOf } from "./formats/file_names.js";
import { usableBoxes } from "./formats/raw_labels.js";
import { readLabels, sortNames } from "./formats/read_labels.js";
import { openZip } from "./formats/read_zip.js";

/**
 * The pictures of a ZIP, each with what its labels say.
 * @param {Blob} zip
 * @param {{current: number, last: number}} sittings see sittingsOf
 * @param {(problem: string) => void} onProblem
 * @returns {AsyncGenerator<{name: string, file: Blob, sitting: number, number: number, all: number, labelled: (size: {width: number, height: number}) => object}>}
 *   `labelled`: fields of the picture, empty for one without labels
 * @throws {Error} with a message for the visitor
 */
export async function* zipPictures(zip, sittings, onProblem) {
  const { names, files } = await openZip(zip);
  const { pictures, labelFiles, voc } = sortNames(names);
  if (!pictures.length) throw new Error("There is no picture in this ZIP. It needs JPEG, PNG or WebP files.");
  const texts = new Map();
  for await (const [name, bytes] of files(labelFiles)) texts.set(name, new TextDecoder().decode(bytes));
  const { labels, problems } = readLabels(pictures, texts);
  if (voc.length) problems.push(`${voc.length} XML files are left out: this page reads labelme, COCO and YOLO. python -m model_training label reads Pascal VOC.`);
  problems.forEach(onProblem);
  const sittingOf = sittingsOf(pictures, sittings);
  let number = 0;
  for await (const [name, bytes] of files(pictures)) {
    number += 1;
    const raw = labels.get(name);
    const labelled = (size) => {
      if (!raw) return {};
      const { boxes, problems: wrong } = usableBoxes(raw, size);
      wrong.forEach((problem) => onProblem(`${name}: ${problem}.`));
      return { boxes, proposal: "done", checked: raw.checked ?? true };
    };
    yield { name, file: new Blob([bytes]), sitting: sittingOf.get(name), number, all: pictures.length, labelled };
  }
}
