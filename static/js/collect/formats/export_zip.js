// A collection as a ZIP: JPEGs with labels beside them.
import { zipOf } from "../../shared/files/zip.js";
import { isUsed } from "../model/picture.js";
import { cocoJson } from "./coco.js";
import { fileNames, sittingFolder, withExtension } from "./file_names.js";
import { labelmeJson } from "./labelme.js";
import { CLASSES, classesText, yoloText } from "./yolo.js";

const json = (data) => `${JSON.stringify(data, null, 2)}\n`;

/** How `python -m model_training label` reads each format, from the folder of the unpacked ZIP. */
const LABEL_OPTIONS = { labelme: "", coco: " --format coco --labels annotations.json", yolo: " --format yolo" };

/** Three parts need three sittings, which stay whole. @param {number} sittings */
const splitOptions = (sittings) => (sittings > 2 ? "" : sittings === 2 ? " --percentages 50 50 0" : " --by photo");

const readme = (format, sittings) => `# Labelled pictures

Taken and labelled on the page Collect of Mask Mirror: a folder for each sitting, labels as ${{ labelme: "labelme JSON", coco: "COCO JSON", yolo: "YOLO text" }[format]}.

    python -m model_training label${LABEL_OPTIONS[format]} --images . --session-folders --out all.json
    python -m model_training split --manifest all.json --images . --out splits${splitOptions(sittings)}
`;

/**
 * The pictures that are used, with their labels.
 * @param {{pictures: import("../model/picture.js").Picture[], jpeg: (id: string) => Promise<Blob | undefined>}} collection
 * @param {"labelme" | "coco" | "yolo"} [format]
 * @param {(done: number, all: number) => void} [onProgress] pictures
 * @returns {Promise<Blob>}
 */
export function exportZip(collection, format = "labelme", onProgress = () => {}) {
  const used = collection.pictures.filter(isUsed);
  const names = fileNames(used);
  const files = used.map((picture) => ({ name: names.get(picture.id), session: sittingFolder(picture.sitting), picture }));
  async function* entries() {
    yield { name: "README.md", input: readme(format, new Set(used.map(({ sitting }) => sitting)).size) };
    if (format === "coco") yield { name: "annotations.json", input: json(cocoJson(files)) };
    if (format === "yolo") yield { name: CLASSES, input: classesText() };
    for (const [i, { name, picture }] of files.entries()) {
      onProgress(i, files.length);
      const jpeg = await collection.jpeg(picture.id);
      if (!jpeg) throw new Error("The browser has lost a picture of this collection. Leave out the pictures that are not shown and export again.");
      yield { name, input: jpeg };
      if (format === "labelme") yield { name: withExtension(name, ".json"), input: json(labelmeJson(picture, name.split("/").at(-1))) };
      if (format === "yolo") yield { name: withExtension(name, ".txt"), input: yoloText(picture) };
    }
  }
  return zipOf(entries());
}
