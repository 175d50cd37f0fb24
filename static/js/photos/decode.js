// Pictures as the browser opens them: upright, scaled down, and as JPEG where the server does not know their format.
import { fitWithin } from "../shared/faces/geometry.js";
import { BROWSER_FORMATS, imageFormat, isSentAsItIs, photoRejection, undecodable } from "./image_format.js";
import { megabytes } from "../shared/numbers.js";

/** The largest canvas of Safari on a phone. */
export const CANVAS_MAX_PX = 16_000_000;
const JPEG_QUALITY = 0.95;

/**
 * A picture in a format that the server opens.
 * @param {File} file
 * @param {{imageMaxBytes: number, imageFormats: string}} config
 * @returns {Promise<{blob: Blob, type: string}>} the file itself, or a JPEG of what the browser decoded
 * @throws {Error} with a message for the visitor
 */
export async function sendable(file, config) {
  const format = imageFormat(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  const reason = photoRejection(format, file.size, config.imageMaxBytes, config.imageFormats, megabytes);
  if (reason) throw new Error(reason);
  if (isSentAsItIs(format)) return { blob: file, type: `image/${format}` };
  const picture = await upright(file, CANVAS_MAX_PX).catch(() => {
    throw new Error(undecodable(format));
  });
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d", { alpha: false }).drawImage(picture, 0, 0);
  picture.close();
  return { blob: await canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY }), type: "image/jpeg" };
}

/** A picture with its EXIF rotation applied, scaled down to a number of pixels. */
export async function upright(blob, maxPx = Infinity) {
  const whole = await createImageBitmap(blob, { imageOrientation: "from-image" });
  const size = fitWithin(whole, Infinity, maxPx);
  if (size.width === whole.width) return whole;
  const small = await createImageBitmap(whole, { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "high" });
  whole.close();
  return small;
}

/** Which of BROWSER_FORMATS this browser is known to open; none where it cannot be asked. */
export async function openedByBrowser(decoder = globalThis.ImageDecoder) {
  if (!decoder) return [];
  const formats = Object.keys(BROWSER_FORMATS);
  const opened = await Promise.all(formats.map((format) => decoder.isTypeSupported(`image/${format}`).catch(() => false)));
  return formats.filter((_, i) => opened[i]);
}
