// The format of an image file, by its first bytes: names and types can be wrong. Pure.

const at = (bytes, offset, length) => String.fromCharCode(...bytes.slice(offset, offset + length));
const HEIF_BRANDS = new Set(["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"]);

/** What the server opens. */
const SENT_AS_THEY_ARE = new Set(["jpeg", "png", "webp"]);

/** Formats that some browsers open: the page then sends a JPEG of the picture. */
export const BROWSER_FORMATS = { heic: "HEIC", avif: "AVIF", gif: "GIF", bmp: "BMP" };

/** "jpeg", "png", "webp", a key of BROWSER_FORMATS, or "other". @param {Uint8Array} bytes the first 16 at least */
export function imageFormat(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (at(bytes, 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (at(bytes, 0, 4) === "RIFF" && at(bytes, 8, 4) === "WEBP") return "webp";
  if (at(bytes, 0, 4) === "GIF8") return "gif";
  if (at(bytes, 0, 2) === "BM") return "bmp";
  if (at(bytes, 4, 4) !== "ftyp") return "other";
  const brand = at(bytes, 8, 4);
  if (brand === "avif" || brand === "avis") return "avif";
  return HEIF_BRANDS.has(brand) ? "heic" : "other";
}

/** Whether the server opens the format, so that the file is sent as it is. */
export function isSentAsItIs(format) {
  return SENT_AS_THEY_ARE.has(format);
}

/** Why a photo is rejected, as a message, or null. */
export function photoRejection(format, bytes, maxBytes, formats, megabytes) {
  if (format === "other") return `This file format is not supported. Choose ${formats}.`;
  if (bytes > maxBytes) return `This photo has ${megabytes(bytes)}. The limit is ${megabytes(maxBytes)}. Save it at a smaller size and try again.`;
  return null;
}

/** That this browser cannot open a format which others can, as a message. */
export function undecodable(format) {
  if (format === "heic") {
    return "This is a HEIC photo, which this browser cannot open. On an iPhone, choose Settings, Camera, Formats, Most Compatible; or export this photo as JPEG.";
  }
  return `This browser cannot open this ${BROWSER_FORMATS[format]} picture. Save it as JPEG or PNG and try again.`;
}
