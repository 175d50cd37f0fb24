// The photo page: photos in, cards out.
import { Announcer } from "../shared/announcer.js";
import { CameraPanel } from "../shared/camera_panel.js";
import { pageConfig } from "../shared/config.js";
import { receiveFiles } from "../shared/drop_zone.js";
import { PhotoCard } from "./photo_card.js";
import { Turns } from "../shared/task_queue.js";
import { stampedName } from "../shared/text.js";

const byId = (id) => document.getElementById(id);
const config = pageConfig();
const turns = new Turns(2);
const announcer = new Announcer(byId("spoken"), 2000);
const camera = new CameraPanel({ panel: byId("panel"), opener: byId("use-camera"), closer: byId("close-camera"), said: byId("camera-said") });

function look(files) {
  const cards = files.map((file) => {
    const card = new PhotoCard(file, config, () => queue(card));
    return card;
  });
  // The newest choice on top, its photos in the order in which they were chosen.
  byId("photos").prepend(...cards.map((card) => card.root));
  cards.forEach(queue);
}

function queue(card) {
  turns.run(async () => announcer.say(await card.look()));
}

receiveFiles(byId("drop"), look);
byId("use-camera").addEventListener("click", async () => {
  if (await camera.open()) byId("shoot").focus();
});
byId("shoot").addEventListener("click", async () => look([await camera.photo(stampedName(new Date(), "jpg"))]));
