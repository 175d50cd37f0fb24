// ZIP files, written in the browser. The library is loaded when the first one is needed.

/**
 * A ZIP of files, in their order. Nothing is compressed: JPEG and PNG are already.
 * @param {AsyncIterable<{name: string, input: Blob | string}>} files one at a time is in memory beside the ZIP
 * @returns {Promise<Blob>}
 */
export async function zipOf(files) {
  const { Zip, ZipPassThrough } = await import("../../../vendor/fflate.js");
  const parts = [];
  let failed = null;
  const zip = new Zip((error, chunk) => {
    failed ??= error;
    if (chunk) parts.push(new Blob([chunk]));
  });
  for await (const { name, input } of files) {
    const entry = new ZipPassThrough(name);
    zip.add(entry);
    entry.push(new Uint8Array(await new Blob([input]).arrayBuffer()), true);
    if (failed) throw failed;
  }
  zip.end();
  return new Blob(parts, { type: "application/zip" });
}
