// Draws faces on a canvas: over the live video, in snapshots and on photos; the same as webapp/vision/annotate.py.
import { INK, STATES } from "./face_states.js";
import { placeLabels } from "./label_placement.js";
import { tagText } from "./text.js";

const HALO = "rgb(0 0 0 / 0.55)";
/** Dashes and width of each line style, in units. */
const LINES = {
  corners: { dashes: [], width: 3.5 },
  dashed: { dashes: [12, 8], width: 3.5 },
  dotted: { dashes: [0, 10], width: 5 },
  solid: { dashes: [], width: 2 },
};
/** Lengths of a label, in units: height, padding at both ends, sign, space after it, font size. */
const FULL = { height: 26, pad: 8, sign: 14, afterSign: 7, text: 15 };
const SHORT = { height: 20, pad: 4, sign: 12, afterSign: 4, text: 13 };
/** In units: of a label's corners; between a box and its label. */
const [RADIUS, GAP] = [4, 4];

/**
 * Draw boxes with their labels. A small or crowded face has a short label: the sign, and the number where it has one.
 * @param {CanvasRenderingContext2D} context
 * @param {object[]} marks in canvas units: x, y, width, height, state, score; and, if they apply: `number` (of the face),
 *   `alpha` (opacity), `bare` (no label), `fading` ({state, alpha}: the state it had until now), `current` (highlighted)
 * @param {number} unit canvas units per CSS pixel of a usual screen; lines and text scale with it
 */
export function drawMarks(context, marks, unit = 1) {
  context.save();
  for (const mark of marks) {
    if (mark.fading) drawOutline(context, { ...mark, ...mark.fading }, unit);
    drawOutline(context, mark, unit);
  }
  const labels = marks
    .filter((mark) => !mark.bare)
    .map((mark) => ({ mark, full: measured(context, FULL, tagText(mark), unit), short: measured(context, SHORT, String(mark.number ?? ""), unit) }));
  const faces = labels.map(({ mark: { x, y, width, height }, full, short }) => ({ box: [x, y, x + width, y + height], full: full.size, short: short.size }));
  const { a, d } = context.getTransform();
  placeLabels(faces, [context.canvas.width / a, context.canvas.height / d], GAP * unit).forEach((place, i) => {
    if (place) drawTag(context, labels[i].mark, place, place.short ? labels[i].short : labels[i].full, unit);
  });
  context.restore();
}

function setFont(context, layout, unit) {
  context.font = `600 ${layout.text * unit}px system-ui, sans-serif`;
}

/** A label with its size in canvas units. */
function measured(context, layout, text, unit) {
  setFont(context, layout, unit);
  const { height, pad, sign, afterSign } = layout;
  const width = (2 * pad + sign) * unit + (text ? afterSign * unit + context.measureText(text).width : 0);
  return { layout, text, size: [width, height * unit] };
}

function drawOutline(context, mark, unit) {
  const state = STATES[mark.state];
  const line = LINES[state.line];
  const heavy = (mark.current ? 1.8 : 1) * line.width * unit;
  context.beginPath();
  if (state.line === "corners") traceCorners(context, mark);
  else context.rect(mark.x, mark.y, mark.width, mark.height);
  context.setLineDash(line.dashes.map((length) => length * unit));
  context.lineCap = state.line === "dashed" ? "butt" : "round";
  context.lineJoin = "round";
  context.globalAlpha = mark.alpha ?? 1;
  for (const [colour, width] of [[HALO, heavy + 3 * unit], [state.colour, heavy]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
  context.globalAlpha = 1;
}

function traceCorners(context, { x, y, width, height }) {
  const arm = Math.min(width, height) * 0.25;
  for (const [cx, cy, dx, dy] of [[x, y, 1, 1], [x + width, y, -1, 1], [x + width, y + height, -1, -1], [x, y + height, 1, -1]]) {
    context.moveTo(cx, cy + dy * arm);
    context.lineTo(cx, cy);
    context.lineTo(cx + dx * arm, cy);
  }
}

function drawTag(context, mark, { x, y }, { layout, text, size: [width, height] }, unit) {
  const state = STATES[mark.state];
  const { pad, sign, afterSign } = layout;
  context.globalAlpha = mark.alpha ?? 1;
  context.setLineDash([]);
  context.fillStyle = state.colour;
  context.beginPath();
  context.roundRect(x, y, width, height, RADIUS * unit);
  context.fill();
  drawSign(context, state.sign, x + pad * unit, y + (height - sign * unit) / 2, sign * unit);
  context.fillStyle = INK;
  context.textBaseline = "middle";
  setFont(context, layout, unit);
  context.fillText(text, x + (pad + sign + afterSign) * unit, y + height / 2 + unit);
  context.globalAlpha = 1;
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
