// A model of the visitor's own in the mirror: remembered on this device, told on the pages that use it, given back there.
import { requestJson } from "../api.js";
import { byId } from "../dom.js";
import { remember, remembered } from "./remembered.js";

const NAME = "ownModel";
const URL = "/api/v1/trainings/in-use";

/** Note whether the visitor uses a model of their own. @param {boolean} used */
export const rememberOwnModel = (used) => remember(NAME, used);

/** Tell that a model of the visitor's own is in use, and offer the way back. Who never used one causes no request. */
export async function tellOwnModel() {
  if (!byId("own-model") || !remembered(NAME, false)) return;
  try {
    await requestJson(URL);
  } catch (error) {
    // Expired, deleted, or another cookie: the shipped model is back already.
    if (error.status === 404 || error.status === 403) rememberOwnModel(false);
    return;
  }
  byId("own-model").hidden = false;
  byId("own-model-back").addEventListener("click", async () => {
    await requestJson(URL, { method: "DELETE" }).catch(() => {});
    rememberOwnModel(false);
    location.reload();
  });
}
