// Where the label of each face stands: on no other label and, if possible, on no other face. Pure; the same algorithm,
// tested with the same cases, as webapp/vision/label_placement.py.

/** A face gets its whole label only if its shorter side is this many label heights. */
const LEAST_HEIGHTS = 1.25;
/** A short label that would cover more of a face is left out: the box shows the state by colour and line. */
const MOST_COVERED = 0.35;
/** Of coordinates: a label at the picture's edge lies in the picture. */
const ROUNDING = 1e-6;

/**
 * Place the labels, those of large faces first. Boxes are x1, y1, x2, y2; sizes are width, height.
 * @param {{box: number[], full: number[], short: number[]}[]} faces box, size of the whole label and of the short one
 * @param {number[]} picture its size
 * @param {number} gap between a box and its label
 * @returns {({short: boolean, x: number, y: number}|null)[]} upper left corners; null where not even the short label has room
 */
export function placeLabels(faces, picture, gap) {
  const placements = new Array(faces.length).fill(null);
  const labels = [];
  const order = faces.map((_, i) => i).sort((a, b) => area(faces[b].box) - area(faces[a].box) || a - b);
  for (const i of order) {
    const { box, full, short } = faces[i];
    const around = region(faces[i], picture, gap);
    const others = faces.filter((other, k) => k !== i && overlap(other.box, around) > 0).map((other) => other.box);
    const near = labels.filter((label) => overlap(label, around) > 0);
    let label;
    let isShort = false;
    if (Math.min(box[2] - box[0], box[3] - box[1]) >= LEAST_HEIGHTS * full[1]) {
      // Close to another face too, it would not be clear whose label it is.
      label = free(candidates(box, full, picture, gap, false), near, picture).find((each) => covered(grown(each, 2 * gap), others) === 0);
    }
    if (!label) {
      isShort = true;
      const onFaces = (each) => covered(each, [...others, box]);
      label = leastBy(free(candidates(box, short, picture, gap, true), near, picture), onFaces);
      if (label && onFaces(label) > MOST_COVERED) continue;
    }
    if (!label) continue;
    labels.push(label);
    placements[i] = { short: isShort, x: label[0], y: label[1] };
  }
  return placements;
}

/** The part of the picture in which a face's label can lie: with many faces it is what makes this fast. */
function region({ box, full, short }, picture, gap) {
  const [x1, y1, x2, y2] = box.map((value, i) => Math.max(0, Math.min(value, picture[i % 2])));
  const [width, height] = [Math.max(full[0], short[0]), Math.max(full[1], short[1])];
  return grown([x1 - width, y1 - height, x2 + width, y2 + height], 3 * gap);
}

/** Places around a box, the best first: above, below, beside it (short labels), at last inside. */
function candidates([x1, y1, x2, y2], [width, height], picture, gap, isShort) {
  const [left, right] = [x1, x2 - width].map((x) => Math.max(0, Math.min(x, picture[0] - width)));
  const [above, below, top] = [y1 - gap - height, y2 + gap, Math.max(0, Math.min(y1, picture[1] - height))];
  const corners = [[left, above], [right, above], [left, below], [right, below]];
  if (isShort) corners.push([x2 + gap, top], [x1 - gap - width, top]);
  // Inside, a whole label may hide no eyes: it needs a face that is much larger.
  if (isShort || (width + 2 * gap <= x2 - x1 && 5 * height <= y2 - y1)) corners.push([Math.max(0, x1) + gap, Math.max(0, y1) + gap]);
  return corners.map(([x, y]) => [x, y, x + width, y + height]);
}

/** The candidates that lie in the picture and on no label. */
function free(candidates, labels, [width, height]) {
  return candidates
    .filter(([x1, y1, x2, y2]) => x1 >= 0 && y1 >= 0 && x2 <= width + ROUNDING && y2 <= height + ROUNDING)
    .filter((box) => labels.every((label) => overlap(box, label) === 0));
}

/** The item with the least value, the first of equal ones; undefined without items. */
function leastBy(items, value) {
  const values = items.map(value);
  return items[values.indexOf(Math.min(...values))];
}

const grown = ([x1, y1, x2, y2], by) => [x1 - by, y1 - by, x2 + by, y2 + by];
/** Which part of the faces a label covers, summed over the faces. */
const covered = (label, faces) => faces.reduce((sum, face) => sum + overlap(label, face) / Math.max(area(face), 1), 0);

function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

const area = ([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1);
