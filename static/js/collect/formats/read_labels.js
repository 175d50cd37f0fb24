// Pictures and labels of a ZIP, whichever of the formats it has. Pure.
import { isCoco, readCoco } from "./coco.js";
import { withExtension } from "./file_names.js";
import { isLabelme, readLabelme } from "./labelme.js";
import { CLASSES, readYolo } from "./yolo.js";

const PICTURE = /\.(jpe?g|png|webp|bmp)$/i;
const LABEL_FILE = /\.(json|txt)$/i;
/** What the tools of this project and computers put beside pictures, and what is no picture of the set. */
const isHidden = (name) => /(^|\/)(\.|__MACOSX\/)/.test(name) || /(^|\/)preview\.jpg$/.test(name);

const stem = (name) => withExtension(name, "");
const file = (name) => name.split("/").at(-1);

/** Which files of a ZIP matter. @param {string[]} names */
export function sortNames(names) {
  const shown = names.filter((name) => !isHidden(name));
  return { pictures: shown.filter((name) => PICTURE.test(name)), labelFiles: shown.filter((name) => LABEL_FILE.test(name)), voc: shown.filter((name) => /\.xml$/i.test(name)) };
}

/**
 * The labels of the pictures.
 * @param {string[]} pictures names
 * @param {Map<string, string>} texts content of label files by name
 * @returns {{labels: Map<string, import("./raw_labels.js").RawLabels>, problems: string[]}} labels by name of picture; a picture without is unlabelled
 */
export function readLabels(pictures, texts) {
  const problems = [];
  const found = new Map();
  const place = placeOf(pictures);
  for (const [name, text] of texts) {
    if (name.endsWith(".json")) readJsonFile(name, text, { place, found, problems });
  }
  readYoloFiles(pictures, texts, found);
  return { labels: found, problems };
}

function readJsonFile(name, text, { place, found, problems }) {
  let data;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    problems.push(`${name} is no JSON; it is left out.`);
    return;
  }
  if (isLabelme(data)) {
    const picture = place(stem(name), data.imagePath);
    if (picture) found.set(picture, readLabelme(data));
    else problems.push(`${name}: there is no picture to this label file.`);
  } else if (isCoco(data)) {
    for (const [picture, labels] of readCoco(data)) {
      const there = place(stem(picture), picture);
      if (there) found.set(there, labels);
      else problems.push(`${name} names the picture ${picture}, which is not in this ZIP.`);
    }
  } else problems.push(`${name} is neither a labelme nor a COCO file; it is left out.`);
}

/** Finds a picture by its path without extension; of a.jpg and a.png the file's own name for it decides. COCO may name the file alone. */
function placeOf(pictures) {
  const [byStem, byFile] = [grouped(pictures, stem), grouped(pictures, file)];
  return (path, imagePath) => {
    const named = file(String(imagePath ?? "").replaceAll("\\", "/"));
    const candidates = byStem.get(path) ?? byFile.get(named) ?? [];
    return candidates.length > 1 ? candidates.find((name) => file(name) === named) : candidates[0];
  };
}

function grouped(names, key) {
  const groups = new Map();
  for (const name of names) groups.set(key(name), [...(groups.get(key(name)) ?? []), name]);
  return groups;
}

/** A picture without a text file has no face, where the ZIP has YOLO's files at all; they lie beside it, or in `labels/` for `images/`. */
function readYoloFiles(pictures, texts, found) {
  const classes = [...texts].find(([name]) => file(name) === CLASSES);
  const names = classes ? classes[1].split(/\r?\n/).map((line) => line.trim()).filter(Boolean) : [];
  const textOf = (picture) => texts.get(withExtension(picture, ".txt")) ?? texts.get(withExtension(picture.replace(/(^|\/)images\//, "$1labels/"), ".txt"));
  if (!classes && !pictures.some((picture) => textOf(picture) !== undefined)) return;
  for (const picture of pictures) {
    if (!found.has(picture)) found.set(picture, readYolo(textOf(picture) ?? "", names));
  }
}
