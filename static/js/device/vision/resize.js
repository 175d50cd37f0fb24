// Resizing of a part of a frame, as OpenCV does it (INTER_LINEAR, INTER_AREA). Pure.
//
// A frame is an ImageData or an object of its form: RGBA bytes, width, height. What lies outside of a frame repeats its edge.

/**
 * @typedef {{data: Uint8ClampedArray, width: number, height: number}} Frame
 * @typedef {{x: number, y: number, width: number, height: number}} Rect whole pixels; may reach beyond the frame
 */

/**
 * Resize a part of a frame by bilinear interpolation.
 * @param {Frame} frame
 * @param {Rect} rect
 * @param {number} width
 * @param {number} height
 * @returns {Uint8ClampedArray} RGB, height x width x 3
 */
export function resizeLinear(frame, rect, width, height) {
  const columns = linearTaps(rect.x, rect.width, width, frame.width);
  const rows = linearTaps(rect.y, rect.height, height, frame.height);
  const result = new Uint8ClampedArray(width * height * 3);
  const { data } = frame;
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    const [top, bottom, fy] = [rows.first[y] * frame.width, rows.second[y] * frame.width, rows.part[y]];
    for (let x = 0; x < width; x += 1) {
      const [left, right, fx] = [columns.first[x], columns.second[x], columns.part[x]];
      const [a, b, c, d] = [4 * (top + left), 4 * (top + right), 4 * (bottom + left), 4 * (bottom + right)];
      for (let channel = 0; channel < 3; channel += 1) {
        const above = data[a + channel] + (data[b + channel] - data[a + channel]) * fx;
        const below = data[c + channel] + (data[d + channel] - data[c + channel]) * fx;
        // A clamped array rounds.
        result[at] = above + (below - above) * fy;
        at += 1;
      }
    }
  }
  return result;
}

/** Resize a part of a frame to a smaller one by averaging areas; arguments and result as of `resizeLinear`. */
export function resizeArea(frame, rect, width, height) {
  const columns = areaTaps(rect.x, rect.width, width, frame.width);
  const rows = areaTaps(rect.y, rect.height, height, frame.height);
  const result = new Uint8ClampedArray(width * height * 3);
  const sums = new Float32Array(width * 3);
  const { data } = frame;
  for (let y = 0; y < height; y += 1) {
    sums.fill(0);
    for (let i = rows.starts[y]; i < rows.starts[y + 1]; i += 1) {
      const row = rows.sources[i] * frame.width;
      for (let x = 0, at = 0; x < width; x += 1, at += 3) {
        for (let j = columns.starts[x]; j < columns.starts[x + 1]; j += 1) {
          const from = 4 * (row + columns.sources[j]);
          const weight = rows.weights[i] * columns.weights[j];
          sums[at] += data[from] * weight;
          sums[at + 1] += data[from + 1] * weight;
          sums[at + 2] += data[from + 2] * weight;
        }
      }
    }
    result.set(sums, y * width * 3);
  }
  return result;
}

const within = (value, limit) => Math.min(Math.max(value, 0), limit - 1);

function linearTaps(start, from, to, limit) {
  const [first, second, part] = [new Int32Array(to), new Int32Array(to), new Float32Array(to)];
  for (let i = 0; i < to; i += 1) {
    const place = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(place);
    first[i] = within(start + low, limit);
    second[i] = within(start + Math.min(low + 1, from - 1), limit);
    part[i] = place - low;
  }
  return { first, second, part };
}

/** Sources and weights of every target: those of target i stand from `starts[i]` to `starts[i + 1]`. */
function areaTaps(start, from, to, limit) {
  const scale = from / to;
  const [starts, sources, weights] = [[0], [], []];
  for (let i = 0; i < to; i += 1) {
    const [low, high] = [i * scale, Math.min((i + 1) * scale, from)];
    for (let source = Math.floor(low); source < high; source += 1) {
      const covered = Math.min(source + 1, high) - Math.max(source, low);
      // Slivers come of rounding alone.
      if (covered <= 1e-3) continue;
      sources.push(within(start + source, limit));
      weights.push(covered / (high - low));
    }
    starts.push(sources.length);
  }
  return { starts, sources, weights };
}
