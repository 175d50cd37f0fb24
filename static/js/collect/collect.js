// The page that collects: pictures, their boxes, and what becomes of them.
import { DeviceDetector } from "../device/device_detector.js";
import { PlaceChoice } from "../device/place_choice.js";
import { openedByBrowser } from "../photos/decode.js";
import { PhotoDetection } from "../photos/photo_detection.js";
import { Announcer } from "../shared/announcer.js";
import { byId, pageConfig } from "../shared/dom.js";
import { receiveFiles } from "../shared/files/drop_zone.js";
import { takeHandedOver } from "../shared/storage/handover.js";
import { OneTab } from "../shared/storage/one_tab.js";
import { CameraSection } from "./camera_section.js";
import { ClassifierSection } from "./classifier/classifier_section.js";
import { Editor } from "./editor/editor.js";
import { Intake } from "./intake.js";
import { Keeping } from "./keeping.js";
import { Collection } from "./model/collection.js";
import { PictureList } from "./picture_list.js";
import { showProgress } from "./progress_view.js";
import { Proposals } from "./proposals.js";
import { SittingChoice } from "./sitting_choice.js";
import { PictureStore } from "./store/picture_store.js";
import { TrainingLink } from "./training_link.js";

const MOST_PROBLEMS = 8;

const config = pageConfig();
const announcer = new Announcer(byId("announcements"));
const announce = (text) => announcer.announceNow(text);
const store = new PictureStore();
const collection = new Collection(store);
const choice = new SittingChoice(collection, announce);
const intake = new Intake(collection, config, () => choice.current);
const camera = new CameraSection(intake, announce);
const detection = new PhotoDetection(config.detectUrl || null, new DeviceDetector(config.deviceUrl));
const proposals = new Proposals(collection, detection);
const editor = new Editor(collection);
const list = new PictureList(collection, { open: (id, ids) => editor.open(id, ids), retry: () => proposals.retry() });
const classifier = byId("fit") && new ClassifierSection(collection, config.deviceUrl, announce);
const tab = new OneTab(navigator.locks, "collect");

new Keeping(collection, store, announce);
if (byId("train-with")) new TrainingLink(collection, announce);
new PlaceChoice(detection, announce).chooseRemembered();
editor.addEventListener("closed", ({ detail }) => list.focus(detail));

function showSteps() {
  for (const [id, word, text] of [["undo", "Undo", collection.undoText], ["redo", "Redo", collection.redoText]]) {
    // Not disabled: it would lose the focus with the last step.
    byId(id).setAttribute("aria-disabled", String(!text));
    byId(id).title = text ? `${word}: ${text}` : `Nothing to ${word.toLowerCase()}`;
  }
}

function replay(way) {
  const text = collection[way]();
  announce(text ? `${way === "undo" ? "Undone" : "Done again"}: ${text}.` : `There is nothing to ${way}.`);
}

collection.addEventListener("change", () => {
  showProgress(collection.pictures);
  showSteps();
});
for (const way of ["undo", "redo"]) byId(way).addEventListener("click", () => replay(way));
document.addEventListener("keydown", (event) => {
  if (byId("editor").open || byId("work").inert || !(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  replay(key === "y" || event.shiftKey ? "redo" : "undo");
});

intake.addEventListener("progress", ({ detail: { text, done, all } }) => {
  byId("intake-status").hidden = false;
  byId("cancel-intake").hidden = false;
  byId("intake-text").textContent = text;
  Object.assign(byId("intake-bar"), { hidden: false, max: all, value: done });
  byId("intake-problems").replaceChildren();
});
intake.addEventListener("finished", ({ detail: { text, problems } }) => {
  const more = problems.length > MOST_PROBLEMS ? [`And ${problems.length - MOST_PROBLEMS} more.`] : [];
  byId("intake-status").hidden = false;
  if (byId("cancel-intake") === document.activeElement) byId("drop").querySelector("input").focus();
  byId("cancel-intake").hidden = byId("intake-bar").hidden = true;
  byId("intake-text").textContent = text;
  byId("intake-problems").replaceChildren(...[...problems.slice(0, MOST_PROBLEMS), ...more].map((problem) => Object.assign(document.createElement("li"), { textContent: problem })));
  announce(text);
});
byId("cancel-intake").addEventListener("click", () => intake.cancel());
receiveFiles(byId("drop"), (files) => byId("work").inert || intake.addFiles(files));
openedByBrowser().then((formats) => (byId("drop").querySelector("input").accept += formats.map((format) => `,image/${format}`).join("")));

async function begin() {
  store.stopped = false;
  await collection.load();
  store.sweep();
  byId("other-tab").hidden = true;
  byId("work").inert = false;
  byId("work").removeAttribute("data-waiting");
  const handed = await takeHandedOver();
  if (handed.length) intake.addFiles(handed);
}

function stop() {
  store.stopped = true;
  intake.cancel();
  classifier?.cancel();
  camera.close();
  editor.close();
  byId("work").inert = true;
  byId("other-tab").hidden = false;
}

tab.addEventListener("held", begin);
tab.addEventListener("lost", stop);
byId("take-over").addEventListener("click", () => tab.take());
tab.ask().then((held) => held || stop());
