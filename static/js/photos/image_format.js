// The format of an image file, by its first bytes: names and types can be wrong. Pure.

const at = (bytes, offset, length) => String.fromCharCode(...bytes.slice(offset, offset + length));
const HEIF_BRANDS = new Set(["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"]);

/** "jpeg", "png", "webp", "heic" or "other". @param {Uint8Array} bytes the first 12 at least */
export function imageFormat(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (at(bytes, 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (at(bytes, 0, 4) === "RIFF" && at(bytes, 8, 4) === "WEBP") return "webp";
  if (at(bytes, 4, 4) === "ftyp" && HEIF_BRANDS.has(at(bytes, 8, 4))) return "heic";
  return "other";
}

/** Why a photo is rejected, as a message, or null. */
export function photoRejection(format, bytes, maxBytes, formats, megabytes) {
  if (format === "heic") {
    return "This is a HEIC photo, which browsers do not open. On an iPhone, choose Settings, Camera, Formats, Most Compatible; or export this photo as JPEG.";
  }
  if (format === "other") return `This file format is not supported. Choose ${formats}.`;
  if (bytes > maxBytes) return `This photo has ${megabytes(bytes)}. The limit is ${megabytes(maxBytes)}. Save it at a smaller size and try again.`;
  return null;
}
