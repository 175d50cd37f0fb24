// From a file to a picture of the collection: upright, without metadata, with thumbnail, hash and id.
import { upright } from "../photos/decode.js";
import { imageFormat, photoRejection, undecodable } from "../photos/image_format.js";
import { fitWithin } from "../shared/faces/geometry.js";
import { megabytes } from "../shared/numbers.js";
import { isPlainJpeg } from "./model/jpeg.js";
import { contentId, UNSEEN } from "./model/picture.js";
import { differenceHash, greyMeans, HASH_COLUMNS, HASH_ROWS } from "./model/picture_hash.js";
import { statedSize, tooLarge } from "./model/picture_size.js";

/** Networks see less; more would fill the device. */
export const LONGER_SIDE_PX = 1600;
const THUMBNAIL_PX = 320;
const [QUALITY, THUMBNAIL_QUALITY] = [0.92, 0.8];
/** Pixels averaged for each grey value of a hash, a side. */
const BLOCK_PX = 4;

function drawn(source, { width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  return { context, jpeg: (quality) => canvas.convertToBlob({ type: "image/jpeg", quality }) };
}

/** A frame of a video as JPEG, no larger than pictures are kept. @param {HTMLVideoElement} video @returns {Promise<Blob>} */
export function frameJpeg(video) {
  return drawn(video, fitWithin({ width: video.videoWidth, height: video.videoHeight }, LONGER_SIDE_PX)).jpeg(QUALITY);
}

/**
 * What the collection keeps of a file.
 * @param {Blob} file
 * @param {{imageMaxBytes: number, imageFormats: string}} config
 * @returns {Promise<{picture: object, jpeg: Blob}>} fields of a picture, without its sitting and state
 * @throws {Error} with a message for the visitor
 */
export async function pictureFrom(file, config) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = imageFormat(bytes);
  const reason = photoRejection(format, file.size, config.imageMaxBytes, config.imageFormats, megabytes) ?? tooLarge(statedSize(format, bytes));
  if (reason) throw new Error(reason);
  const whole = await upright(file).catch(() => {
    throw new Error(format in { jpeg: 0, png: 0, webp: 0 } ? "This picture is damaged and cannot be opened." : undecodable(format));
  });
  const size = fitWithin(whole, LONGER_SIDE_PX);
  const kept = format === "jpeg" && size.width === whole.width && isPlainJpeg(bytes);
  const jpeg = kept ? new Blob([bytes], { type: "image/jpeg" }) : await drawn(whole, size).jpeg(QUALITY);
  const thumbnail = await drawn(whole, fitWithin(whole, THUMBNAIL_PX)).jpeg(THUMBNAIL_QUALITY);
  const small = { width: HASH_COLUMNS * BLOCK_PX, height: HASH_ROWS * BLOCK_PX };
  const { data } = drawn(whole, small).context.getImageData(0, 0, small.width, small.height);
  whole.close();
  const id = contentId(kept ? bytes : new Uint8Array(await jpeg.arrayBuffer()));
  return { picture: { ...UNSEEN, id, ...size, bytes: jpeg.size, thumbnail, hash: differenceHash(greyMeans(data, HASH_COLUMNS, HASH_ROWS, BLOCK_PX)) }, jpeg };
}
