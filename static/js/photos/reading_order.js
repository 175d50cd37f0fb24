// Numbers for faces: line by line from the top, from left to right, as one reads. Pure.

/** The faces in reading order, each with its `number` from 1; a single face needs none and gets none. */
export function numbered(faces) {
  if (faces.length < 2) return faces;
  return readingOrder(faces).map((face, i) => ({ ...face, number: i + 1 }));
}

function readingOrder(faces) {
  const middle = ({ box: [, y1, , y2] }) => (y1 + y2) / 2;
  const height = ({ box: [, y1, , y2] }) => y2 - y1;
  const lines = [];
  for (const face of [...faces].sort((a, b) => middle(a) - middle(b))) {
    const line = lines.at(-1);
    // A face belongs to a line as long as its middle lies beside the line's first face.
    if (line && middle(face) < middle(line[0]) + height(line[0]) / 2) line.push(face);
    else lines.push([face]);
  }
  return lines.flatMap((line) => line.sort((a, b) => a.box[0] - b.box[0]));
}
