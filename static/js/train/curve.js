// A curve of a value over the epochs, as SVG. Its geometry is pure.

const WIDTH = 320;
const HEIGHT = 160;
const LEFT = 34;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 22;
const SVG = "http://www.w3.org/2000/svg";

/** Where a curve runs. @param {{values: (number | null)[][], epochs: number, most?: number}} curves values by curve and epoch; `most`: the axis ends there at least */
export function geometry({ values, epochs, most = 0 }) {
  const finite = values.flat().filter((value) => Number.isFinite(value));
  const top = Math.max(most, ...finite) || 1;
  const x = (epoch) => (epochs < 2 ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + (epoch / (epochs - 1)) * (WIDTH - LEFT - RIGHT));
  const y = (value) => TOP + (1 - Math.min(value, top) / top) * (HEIGHT - TOP - BOTTOM);
  const points = values.map((curve) => curve.map((value, epoch) => [x(epoch), y(value), value]).filter(([, , value]) => Number.isFinite(value)));
  return { top, points, bottom: y(0), left: LEFT, right: WIDTH - RIGHT, labelY: HEIGHT - 6 };
}

/** The path through points. */
export const pathOf = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/**
 * Draw curves of training and validation.
 * @param {SVGElement} svg emptied first
 * @param {{title: string, training: number[], validation: number[], epochs: number, most?: number}} curves
 */
export function drawCurve(svg, { title, training, validation, epochs, most }) {
  const { top, points, bottom, left, right, labelY } = geometry({ values: [training, validation], epochs, most });
  const add = (name, attributes, text) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    svg.append(element);
  };
  svg.replaceChildren();
  svg.setAttribute("aria-label", curveText(title, training, validation));
  for (const [value, y] of [[top, TOP], [top / 2, (TOP + bottom) / 2], [0, bottom]]) {
    add("path", { class: "grid", d: `M${left} ${y}H${right}` });
    add("text", { x: left - 4, y: y + 4, "text-anchor": "end" }, value.toPrecision(2).replace(/\.?0+$/, ""));
  }
  add("text", { x: left, y: labelY }, "epoch 1");
  if (epochs > 1) add("text", { x: right, y: labelY, "text-anchor": "end" }, String(epochs));
  for (const [name, own] of [["training", points[0]], ["validation", points[1]]]) {
    if (own.length > 1) add("path", { class: `of-${name}`, d: pathOf(own) });
    for (const [x, y] of own) add("circle", { class: `dot-${name}`, cx: x.toFixed(1), cy: y.toFixed(1), r: 3 });
  }
}

/** The curves in words, for who cannot see them. */
export function curveText(title, training, validation) {
  const last = (values) => values.findLast((value) => Number.isFinite(value));
  const shown = (value) => (value === undefined ? "none" : value.toPrecision(2));
  return `${title} after ${training.length} ${training.length === 1 ? "epoch" : "epochs"}: training ${shown(last(training))}, other pictures ${shown(last(validation))}`;
}
