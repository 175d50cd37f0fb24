// The photo page: receives photos and shows a card for each.
import { Announcer } from "../shared/announcer.js";
import { CameraPanel } from "../shared/camera_panel.js";
import { byId, pageConfig } from "../shared/dom.js";
import { receiveFiles } from "../shared/drop_zone.js";
import { TaskQueue } from "../shared/task_queue.js";
import { timestampedName } from "../shared/text.js";
import { PhotoCard } from "./photo_card.js";

const config = pageConfig();
const queue = new TaskQueue(2);
const announcer = new Announcer(byId("announcements"), 2000);
const camera = new CameraPanel({ panel: byId("panel"), opener: byId("use-camera"), closer: byId("close-camera"), message: byId("camera-message") });

function addPhotos(files) {
  const cards = files.map((file) => {
    const card = new PhotoCard(file, config, () => detect(card));
    return card;
  });
  // The newest choice on top, its photos in the order in which they were chosen.
  byId("photos").prepend(...cards.map((card) => card.root));
  cards.forEach(detect);
}

function detect(card) {
  queue.run(async () => announcer.announce(await card.detect()));
}

receiveFiles(byId("drop"), addPhotos);
byId("use-camera").addEventListener("click", async () => {
  if (await camera.open()) byId("take-photo").focus();
});
byId("take-photo").addEventListener("click", async () => addPhotos([await camera.takePhoto(timestampedName(new Date(), "jpg"))]));
