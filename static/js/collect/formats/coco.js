// COCO JSON, one file for all pictures (https://cocodataset.org/#format-data). Pure.
import { LABELS } from "../../shared/faces/face_states.js";
import { sizeOf } from "./raw_labels.js";

/** @param {{name: string, session: string, picture: import("../model/picture.js").Picture}[]} files `name`: path of the picture in the ZIP */
export function cocoJson(files) {
  const images = files.map(({ name, session, picture: { width, height } }, i) => ({ id: i + 1, file_name: name, width, height, session }));
  const annotations = files
    .flatMap(({ picture }, i) => picture.boxes.map((box) => ({ box, image_id: i + 1 })))
    .map(({ box: { x, y, w, h, label }, image_id }, i) => ({ id: i + 1, image_id, category_id: LABELS.indexOf(label) + 1, bbox: [x, y, w, h], area: w * h, iscrowd: 0 }));
  return { images, annotations, categories: LABELS.map((name, i) => ({ id: i + 1, name })) };
}

/** Whether parsed JSON is a COCO file. */
export const isCoco = (data) => [data?.images, data?.annotations, data?.categories].every(Array.isArray);

/** Labels by the name of their picture. @returns {Map<string, import("./raw_labels.js").RawLabels>} */
export function readCoco({ images, annotations, categories }) {
  const names = new Map(categories.map((category) => [category?.id, String(category?.name)]));
  const labels = new Map();
  const byId = new Map();
  for (const image of images) {
    const found = { faces: [], size: sizeOf(image?.width, image?.height), unreadable: 0 };
    labels.set(String(image?.file_name), found);
    byId.set(image?.id, found);
  }
  for (const annotation of annotations) {
    const { image_id, category_id, bbox, iscrowd } = annotation ?? {};
    const found = byId.get(image_id);
    // A crowd is a region to ignore, which this page does not keep.
    if (!found || iscrowd) continue;
    if (!names.has(category_id) || !Array.isArray(bbox) || bbox.length !== 4) found.unreadable += 1;
    else {
      const [x, y, w, h] = bbox.map(Number);
      found.faces.push({ name: names.get(category_id), corners: [x, y, x + w, y + h] });
    }
  }
  return labels;
}
