// Whether a JPEG can be kept as it is. Pure.

const [APP1, SCAN, END] = [0xe1, 0xda, 0xd9];

/**
 * Whether a JPEG has its end, and no EXIF or XMP: these would tell where it was taken, and turn it for some readers only.
 * @param {Uint8Array} bytes
 */
export function isPlainJpeg(bytes) {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes.at(-2) !== 0xff || bytes.at(-1) !== END) return false;
  for (let at = 2; at + 4 <= bytes.length; at += 2 + bytes[at + 2] * 256 + bytes[at + 3]) {
    if (bytes[at] !== 0xff || bytes[at + 1] === APP1) return false;
    if (bytes[at + 1] === SCAN) return true;
  }
  return false;
}
