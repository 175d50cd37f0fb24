// The photo page: receives photos and shows a card for each.
import { DeviceDetector } from "../device/device_detector.js";
import { PersonalPanel } from "../device/personal/personal_panel.js";
import { PlaceChoice } from "../device/place_choice.js";
import { Announcer } from "../shared/announcer.js";
import { CameraPanel } from "../shared/camera/camera_panel.js";
import { byId, pageConfig } from "../shared/dom.js";
import { download } from "../shared/files/download.js";
import { receiveFiles } from "../shared/files/drop_zone.js";
import { removeCard } from "../shared/focus.js";
import { takeHandedOver } from "../shared/storage/handover.js";
import { offerToOtherPage } from "../shared/storage/other_page.js";
import { offerSample } from "../shared/files/sample.js";
import { tellOwnModel } from "../shared/storage/own_model.js";
import { TaskQueue } from "../shared/task_queue.js";
import { timestampedName } from "../shared/numbers.js";
import { openedByBrowser } from "./decode.js";
import { BROWSER_FORMATS } from "./image_format.js";
import { PhotoCard } from "./photo_card.js";
import { PhotoDetection } from "./photo_detection.js";
import { facesCsv, picturesZip } from "./save_all.js";

const config = pageConfig();
const queue = new TaskQueue(2);
const announcer = new Announcer(byId("announcements"));
const camera = new CameraPanel({ panel: byId("panel"), opener: byId("use-camera"), shutter: byId("take-photo"), closer: byId("close-camera"), message: byId("camera-message") });
const fileInput = byId("drop").querySelector("input");
let cards = [];

const detection = new PhotoDetection(config.detectUrl || null, new DeviceDetector(config.deviceUrl));
const failed = new Set();

function addPhotos(files) {
  const photos = offerToOtherPage(files, "video", { notice: byId("other-page"), link: byId("other-page-link") });
  const added = photos.map((file) => {
    const card = new PhotoCard(file, config, detection, { onRetry: () => detect(card), onRemoved: () => remove(card) });
    return card;
  });
  // The newest choice on top, its photos in the order in which they were chosen.
  byId("photos").prepend(...added.map((card) => card.root));
  cards = [...added, ...cards];
  added.forEach((card, i) => detect(card, { show: i === 0 }));
}

function detect(card, { show = false } = {}) {
  failed.delete(card);
  card.wait();
  queue.run(async () => {
    // It was removed while it waited, or while its faces were detected.
    if (!cards.includes(card)) return;
    const text = await card.detect();
    if (!cards.includes(card)) return;
    announcer.announce(text);
    if (card.retryable) failed.add(card);
    if (show && card.root.getBoundingClientRect().top > innerHeight / 2) card.root.scrollIntoView({ block: "start" });
    updateSaveAll();
  });
}

function remove(card) {
  removeCard(card.root, fileInput);
  cards = cards.filter((other) => other !== card);
  failed.delete(card);
  updateSaveAll();
}

const done = () => cards.filter((card) => card.root.dataset.state === "done");

function updateSaveAll() {
  byId("save-all").hidden = done().length < 2;
  if (byId("save-all").hidden) byId("save-error").hidden = true;
}

async function takePhoto() {
  try {
    addPhotos([await camera.takePhoto(timestampedName(new Date(), "jpg"))]);
  } catch {
    camera.showMessage("The photo could not be taken. Try again.");
  }
}

async function saveZip() {
  const button = byId("save-zip");
  button.disabled = true;
  byId("save-error").hidden = true;
  try {
    download(await picturesZip(done()), timestampedName(new Date(), "zip"));
  } catch {
    // No room for so many, or the library that writes ZIPs did not arrive.
    byId("save-error").hidden = false;
  } finally {
    button.disabled = false;
    // A disabled button has lost the focus.
    if (document.activeElement === document.body) button.focus();
  }
}

// Photos that the server could not take are detected on the device, once it has been chosen.
detection.addEventListener("change", () => detection.place === "device" && !detection.loading && [...failed].forEach((card) => detect(card)));
const announce = (text) => announcer.announce(text);
new PlaceChoice(detection, announce, byId("personal") && new PersonalPanel(detection, announce)).chooseRemembered();

receiveFiles(byId("drop"), addPhotos);
offerSample(byId("sample"), config.sampleUrl, addPhotos);
tellOwnModel();
takeHandedOver().then((files) => files.length && addPhotos(files));
openedByBrowser().then((formats) => {
  fileInput.accept += formats.map((format) => `,image/${format}`).join("");
  if (formats.length) byId("more-formats").textContent = `, also ${formats.map((format) => BROWSER_FORMATS[format]).join(", ")}`;
});
byId("use-camera").addEventListener("click", () => camera.open());
byId("take-photo").addEventListener("click", takePhoto);
byId("save-zip").addEventListener("click", saveZip);
byId("save-csv").addEventListener("click", () => download(new Blob([facesCsv(done())], { type: "text/csv" }), timestampedName(new Date(), "csv")));
