// The size that a picture's header states, so that no enormous picture is decoded. Pure.

const MOST_PX = 100_000_000;

/** @param {string} format "jpeg", "png", "webp" or another @param {Uint8Array} bytes @returns {{width: number, height: number} | null} null: unknown */
export function statedSize(format, bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (format === "png") return { width: view.getUint32(16), height: view.getUint32(20) };
    if (format === "webp") return webpSize(view);
    return format === "jpeg" ? jpegSize(view) : null;
  } catch {
    // The header ends too early; the decoder says the rest.
    return null;
  }
}

/** Why a picture is too large, as a message, or null. */
export function tooLarge(size) {
  if (!size || size.width * size.height <= MOST_PX) return null;
  return `This picture has ${Math.round((size.width * size.height) / 1e6)} megapixels. The limit is ${MOST_PX / 1e6}. Save it at a smaller size and try again.`;
}

/** The frame header, which follows segments of stated lengths: ITU-T T.81, B.2.2. */
function jpegSize(view) {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
}

/** https://datatracker.ietf.org/doc/html/rfc9649: extended, lossless, lossy. */
function webpSize(view) {
  const three = (at) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  const kind = view.getUint8(15);
  if (kind === 0x58) return { width: three(24) + 1, height: three(27) + 1 };
  const bits = view.getUint32(kind === 0x4c ? 21 : 26, true);
  if (kind === 0x4c) return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  return { width: bits & 0x3fff, height: (bits >> 16) & 0x3fff };
}
