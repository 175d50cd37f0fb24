// The page Train: sends collections, shows trainings; where the server asks for its token, first that.
import { Announcer } from "../shared/announcer.js";
import { requestJson } from "../shared/api.js";
import { byId, pageConfig } from "../shared/dom.js";
import { takeHandedOver } from "../shared/storage/handover.js";
import { Choices, looksLikeZip } from "./choices.js";
import { TrainingList } from "./training_list.js";

const config = pageConfig();
const announcer = new Announcer(byId("announcements"));
const fileInput = byId("drop").querySelector("input");
const choices = new Choices(config);
const trainings = new TrainingList({ list: byId("trainings"), empty: byId("no-trainings"), error: byId("list-error"), next: fileInput }, config, announcer);

async function begin() {
  byId("unlock").hidden = true;
  byId("studio").hidden = false;
  await trainings.refresh();
  const file = (await takeHandedOver()).find(looksLikeZip);
  if (file) choices.choose(file);
}

choices.addEventListener("sent", async () => {
  announcer.announceNow("The collection was sent.");
  await trainings.refresh();
  byId("my-trainings").focus();
});
byId("unlock").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await requestJson(config.accessUrl, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token: byId("token").value }) });
    byId("token").value = "";
    await begin();
    byId("choices").querySelector("input").focus();
  } catch (error) {
    byId("unlock-error").textContent = error.message;
    byId("unlock-error").hidden = false;
  }
});
if (config.access === "open") begin();
