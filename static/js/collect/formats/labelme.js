// labelme JSON, one file a picture and beside it (https://github.com/wkentaro/labelme). Pure.
import { cornersOf } from "../model/boxes.js";
import { sizeOf } from "./raw_labels.js";

/** Whose format the files have, as model_training/prepare/prelabel.py writes it. */
const VERSION = "6.0.0";

/** What labelme and `python -m model_training label` read. @param {import("../model/picture.js").Picture} picture @param {string} imagePath relative to the file */
export function labelmeJson({ width, height, boxes, checked }, imagePath) {
  const shapes = boxes.map((box) => {
    const [x1, y1, x2, y2] = cornersOf(box);
    return { label: box.label, points: [[x1, y1], [x2, y2]], group_id: null, description: "", shape_type: "rectangle", flags: {}, mask: null };
  });
  return { version: VERSION, flags: { checked }, shapes, imagePath, imageData: null, imageHeight: height, imageWidth: width };
}

/** Whether parsed JSON is a labelme file. */
export const isLabelme = (data) => Array.isArray(data?.shapes);

/** @returns {import("./raw_labels.js").RawLabels} */
export function readLabelme(data) {
  const faces = data.shapes.map(faceOf).filter(Boolean);
  return {
    faces,
    size: sizeOf(data.imageWidth, data.imageHeight),
    unreadable: data.shapes.length - faces.length,
    // Whoever labelled in labelme has seen the boxes, unless the flag says otherwise.
    checked: data.flags?.checked !== false,
  };
}

function faceOf(shape) {
  const { label, points, shape_type } = shape ?? {};
  if (typeof label !== "string" || !label.trim() || !Array.isArray(points) || !points.length) return null;
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => (Array.isArray(point) && point.length === 2 ? Number(point[axis]) : NaN)));
  if ([...xs, ...ys].some(Number.isNaN)) return null;
  if (shape_type === "circle" && points.length === 2) {
    // labelme keeps a circle as its centre and a point on its edge.
    const radius = Math.hypot(xs[1] - xs[0], ys[1] - ys[0]);
    return { name: label, corners: [xs[0] - radius, ys[0] - radius, xs[0] + radius, ys[0] + radius] };
  }
  return { name: label, corners: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] };
}
