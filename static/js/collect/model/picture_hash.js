// Difference hashes, by which near-duplicates are found: is a place brighter than the one to its left? Pure.

/** Columns and rows of grey values; of each row one column fewer becomes bits. */
export const HASH_COLUMNS = 17;
export const HASH_ROWS = 16;

/**
 * Pictures that differ in no more of the 256 bits show the same. Half a second apart in four videos of one person each, those
 * that `python -m model_training collect` would leave out differ in 15 bits at a still camera, others in 20 to 26 at the least.
 */
export const NEAR_BITS = 18;

/** The hash, 64 hexadecimal digits. @param {ArrayLike<number>} grey HASH_ROWS rows of HASH_COLUMNS values */
export function differenceHash(grey) {
  let [text, digit] = ["", 0];
  for (let y = 0; y < HASH_ROWS; y += 1) {
    for (let x = 1; x < HASH_COLUMNS; x += 1) {
      const place = y * HASH_COLUMNS + x;
      digit = digit * 2 + (grey[place] > grey[place - 1] ? 1 : 0);
      if (x % 4 === 0) {
        text += digit.toString(16);
        digit = 0;
      }
    }
  }
  return text;
}

/** Grey values of RGBA pixels, averaged over equal blocks. @param {Uint8ClampedArray} rgba of columns * block by rows * block pixels */
export function greyMeans(rgba, columns, rows, block) {
  const grey = new Float64Array(columns * rows);
  for (let y = 0; y < rows * block; y += 1) {
    for (let x = 0; x < columns * block; x += 1) {
      const at = (y * columns * block + x) * 4;
      grey[Math.floor(y / block) * columns + Math.floor(x / block)] += 0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2];
    }
  }
  return grey;
}

/** In how many bits two hashes differ; of those that differ in more than `most`, no more are counted than needed. */
export function differingBits(a, b, most = Infinity) {
  let bits = 0;
  for (let i = 0; i < a.length && bits <= most; i += 8) {
    let rest = (parseInt(a.slice(i, i + 8), 16) ^ parseInt(b.slice(i, i + 8), 16)) >>> 0;
    for (; rest; rest &= rest - 1) bits += 1;
  }
  return bits;
}

/**
 * Near-duplicates, each with the earlier picture that it repeats; pictures that are left out repeat nothing and are not repeated.
 * @param {import("./picture.js").Picture[]} pictures in their order
 * @returns {Map<string, string>} id of the earlier picture by id
 */
export function nearDuplicates(pictures) {
  const found = new Map();
  const kept = [];
  for (const picture of pictures) {
    if (picture.leftOut) continue;
    const earlier = kept.find((other) => differingBits(other.hash, picture.hash, NEAR_BITS) <= NEAR_BITS);
    if (earlier) found.set(picture.id, earlier.id);
    else kept.push(picture);
  }
  return found;
}
