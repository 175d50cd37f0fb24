// Keeps a visitor's own classifier on this device, and brings it in and out as a JSON file.
import { STORES, inStore } from "../../shared/storage/database.js";
import { download } from "../../shared/files/download.js";
import { MAX_BYTES, PersonalError, readPersonal } from "./personal_classifier.js";

const KEY = "personal";
const FILE_NAME = "mask-mirror-own-classifier.json";
const NO_ROOM = "This browser could not keep your own classifier: its storage is full, or it keeps nothing in a private window.";

let channel = null;
/** Between the tabs of this browser; null where it has none. A tab does not hear itself. */
const otherTabs = () => (channel ??= globalThis.BroadcastChannel ? new BroadcastChannel("mask-mirror-personal") : null);

/** Call when another tab has kept or deleted a classifier. @param {() => void} changed */
export function watchPersonal(changed) {
  otherTabs()?.addEventListener("message", changed);
}

/**
 * The kept classifier, or null.
 * @returns {Promise<import("./personal_classifier.js").Personal | null>} null too where the browser keeps nothing
 * @throws {PersonalError} what is kept is damaged
 */
export async function getPersonal() {
  const kept = await inStore(STORES.personal, "readonly", (store) => store.get(KEY)).catch(() => undefined);
  return kept === undefined ? null : readPersonal(kept);
}

/** Keep a classifier instead of the one before. @param {import("./personal_classifier.js").Personal} personal @throws {PersonalError} */
export async function putPersonal(personal) {
  try {
    await inStore(STORES.personal, "readwrite", (store) => store.put(readPersonal(personal), KEY));
    otherTabs()?.postMessage("kept");
  } catch (error) {
    throw error instanceof PersonalError ? error : new PersonalError(NO_ROOM);
  }
}

/** Forget it. @throws {PersonalError} */
export async function deletePersonal() {
  try {
    await inStore(STORES.personal, "readwrite", (store) => store.delete(KEY));
    otherTabs()?.postMessage("deleted");
  } catch {
    throw new PersonalError("This browser could not delete your own classifier. Please try again.");
  }
}

/** Save a classifier as a file. @param {import("./personal_classifier.js").Personal} personal */
export function exportPersonal(personal) {
  download(new Blob([`${JSON.stringify(personal)}\n`], { type: "application/json" }), FILE_NAME);
}

/** Keep the classifier in a file. @param {Blob} file @returns {Promise<import("./personal_classifier.js").Personal>} @throws {PersonalError} */
export async function importPersonal(file) {
  const personal = readPersonal(file.size <= MAX_BYTES ? await file.text() : null);
  await putPersonal(personal);
  return personal;
}
