// What kind of picture a file is, by its first bytes: names lie. Pure.

const at = (bytes, offset, length) => String.fromCharCode(...bytes.slice(offset, offset + length));
const HEIF_BRANDS = new Set(["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"]);

/** "jpeg", "png", "webp", "heic" or "other". @param {Uint8Array} bytes the first 12 at least */
export function imageKind(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (at(bytes, 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (at(bytes, 0, 4) === "RIFF" && at(bytes, 8, 4) === "WEBP") return "webp";
  if (at(bytes, 4, 4) === "ftyp" && HEIF_BRANDS.has(at(bytes, 8, 4))) return "heic";
  return "other";
}

/** Why a photo cannot be looked at, as a sentence, or null. */
export function refusal(kind, bytes, maxBytes, formats, megabytes) {
  if (kind === "heic") {
    return "This is a HEIC photo, which browsers do not open. On an iPhone, choose Settings, Camera, Formats, Most Compatible; or export this photo as JPEG.";
  }
  if (kind === "other") return `This is not a photo in a format that works here. Choose ${formats}.`;
  if (bytes > maxBytes) return `This photo has ${megabytes(bytes)}, and ${megabytes(maxBytes)} is the most. Save it smaller and try again.`;
  return null;
}
