// The video page: uploads videos and lists the visitor's videos.
import { Announcer } from "../shared/announcer.js";
import { byId, pageConfig } from "../shared/dom.js";
import { receiveFiles } from "../shared/drop_zone.js";
import { TaskQueue } from "../shared/task_queue.js";
import { RecordingPanel } from "./recording_panel.js";
import { UploadCard } from "./upload_card.js";
import { VideoList } from "./video_list.js";

const config = pageConfig();
const queue = new TaskQueue(1);
const announcer = new Announcer(byId("announcements"), 2000);
const videos = new VideoList({ list: byId("videos"), empty: byId("no-videos"), error: byId("list-error") }, config, (text) => announcer.announce(text));

function addVideos(files) {
  const cards = files.map((file) => {
    const card = new UploadCard(file, config, () => send(card));
    return card;
  });
  byId("uploads").prepend(...cards.map((card) => card.root));
  cards.forEach(send);
}

function send(card) {
  queue.run(async () => {
    if (await card.send()) await videos.refresh();
    else announcer.announce(card.root.textContent.trim());
  });
}

receiveFiles(byId("drop"), addVideos);
new RecordingPanel(config.videoMaxS, addVideos);
videos.refresh();
