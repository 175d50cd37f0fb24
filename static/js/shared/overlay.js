// Draws faces on a canvas: over the live video, in snapshots and on photos.
import { INK, STATES } from "./face_states.js";
import { tagText } from "./text.js";

const HALO = "rgb(0 0 0 / 0.55)";
/** Dashes and width of each line style, in units. */
const LINES = {
  corners: { dashes: [], width: 3.5 },
  dashed: { dashes: [12, 8], width: 3.5 },
  dotted: { dashes: [0, 10], width: 5 },
  solid: { dashes: [], width: 2 },
};

/**
 * Draw boxes with their signs, labels and scores.
 * @param {CanvasRenderingContext2D} context
 * @param {{x: number, y: number, width: number, height: number, state: string, score: number}[]} marks in canvas units
 * @param {number} unit canvas units per CSS pixel of a usual screen; lines and text scale with it
 */
export function drawMarks(context, marks, unit = 1) {
  context.save();
  for (const mark of marks) drawOutline(context, mark, unit);
  for (const mark of marks) drawTag(context, mark, unit);
  context.restore();
}

function drawOutline(context, mark, unit) {
  const state = STATES[mark.state];
  const line = LINES[state.line];
  const heavy = line.width * unit;
  context.beginPath();
  if (state.line === "corners") traceCorners(context, mark);
  else context.rect(mark.x, mark.y, mark.width, mark.height);
  context.setLineDash(line.dashes.map((length) => length * unit));
  context.lineCap = state.line === "dashed" ? "butt" : "round";
  context.lineJoin = "round";
  for (const [colour, width] of [[HALO, heavy + 3 * unit], [state.colour, heavy]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

function traceCorners(context, { x, y, width, height }) {
  const arm = Math.min(width, height) * 0.25;
  for (const [cx, cy, dx, dy] of [[x, y, 1, 1], [x + width, y, -1, 1], [x + width, y + height, -1, -1], [x, y + height, 1, -1]]) {
    context.moveTo(cx, cy + dy * arm);
    context.lineTo(cx, cy);
    context.lineTo(cx + dx * arm, cy);
  }
}

function drawTag(context, mark, unit) {
  const state = STATES[mark.state];
  const text = tagText(mark);
  context.font = `600 ${15 * unit}px system-ui, sans-serif`;
  const height = 26 * unit;
  const width = context.measureText(text).width + 40 * unit;
  const { x, y } = tagPosition(mark, { width, height }, context.canvas, context.getTransform(), 6 * unit);
  context.setLineDash([]);
  context.fillStyle = state.colour;
  context.beginPath();
  context.roundRect(x, y, width, height, 4 * unit);
  context.fill();
  drawSign(context, state.sign, x + 8 * unit, y + 6 * unit, 14 * unit);
  context.fillStyle = INK;
  context.textBaseline = "middle";
  context.fillText(text, x + 29 * unit, y + height / 2 + unit);
}

/** Above the box where there is room, else inside its upper edge; always within the canvas. */
function tagPosition(mark, tag, canvas, transform, gap) {
  const edge = { width: canvas.width / transform.a, height: canvas.height / transform.d };
  const above = mark.y - tag.height - gap;
  const y = above >= 0 ? above : Math.max(0, mark.y) + gap;
  return {
    x: Math.max(0, Math.min(mark.x, edge.width - tag.width)),
    y: Math.max(0, Math.min(y, edge.height - tag.height)),
  };
}

const SIGNS = {
  tick: [[[0.08, 0.55], [0.38, 0.85], [0.95, 0.18]]],
  cross: [[[0.15, 0.15], [0.85, 0.85]], [[0.85, 0.15], [0.15, 0.85]]],
  exclamation: [[[0.5, 0.08], [0.5, 0.6]], [[0.5, 0.9], [0.5, 0.92]]],
  question: [[...arc(0.5, 0.32, 0.25, 180, 400), [0.5, 0.58], [0.5, 0.64]], [[0.5, 0.9], [0.5, 0.92]]],
};

/** Points on a circle, in degrees clockwise from the right. */
function arc(x, y, radius, from, to, steps = 12) {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

function drawSign(context, sign, x, y, size) {
  context.beginPath();
  for (const [start, ...rest] of SIGNS[sign]) {
    context.moveTo(x + start[0] * size, y + start[1] * size);
    for (const [px, py] of rest) context.lineTo(x + px * size, y + py * size);
  }
  context.strokeStyle = INK;
  context.lineWidth = size * 0.2;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.stroke();
}
