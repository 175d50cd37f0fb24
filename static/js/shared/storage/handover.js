// Files that a page hands to another one, in the browser's own database: a photo dropped on the video page, a video on the photo page.
import { STORES, inStore } from "./database.js";

/** Keep files for the page that is opened next. @param {File[]} files */
export async function handOver(files) {
  await inStore(STORES.handover, "readwrite", (store) => store.put(files, "files"));
}

/** The files that the previous page handed over; they are forgotten here. */
export async function takeHandedOver() {
  try {
    return await inStore(STORES.handover, "readwrite", (store) => {
      const request = store.get("files");
      store.delete("files");
      return request;
    }) ?? [];
  } catch {
    return [];
  }
}
