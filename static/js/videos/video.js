// The video page: uploads videos and lists the visitor's videos.
import { Announcer } from "../shared/announcer.js";
import { byId, pageConfig } from "../shared/dom.js";
import { receiveFiles } from "../shared/files/drop_zone.js";
import { removeCard } from "../shared/focus.js";
import { takeHandedOver } from "../shared/storage/handover.js";
import { offerToOtherPage } from "../shared/storage/other_page.js";
import { offerSample } from "../shared/files/sample.js";
import { TaskQueue } from "../shared/task_queue.js";
import { RecordingPanel } from "./recording_panel.js";
import { forgetOldUploads } from "./upload.js";
import { UploadCard } from "./upload_card.js";
import { VideoList } from "./video_list.js";

const config = pageConfig();
const queue = new TaskQueue(1);
const announcer = new Announcer(byId("announcements"));
const fileInput = byId("drop").querySelector("input");
const videos = new VideoList({ list: byId("videos"), empty: byId("no-videos"), error: byId("list-error"), next: fileInput }, config, (text) => announcer.announce(text), (job) => uploads.some((card) => card.jobId === job.id));
let uploads = [];

function addVideos(files) {
  const taken = offerToOtherPage(files, "image", { notice: byId("other-page"), link: byId("other-page-link") });
  const added = taken.map((file) => {
    const onTrouble = (text) => announcer.announce(`${file.name}: ${text}`);
    const card = new UploadCard(file, config, { onRetry: () => send(card), onRemoved: () => remove(card), onTrouble });
    return card;
  });
  byId("uploads").prepend(...added.map((card) => card.root));
  uploads = [...added, ...uploads];
  added.forEach(send);
}

function send(card) {
  queue.run(async () => {
    if (await card.send()) {
      remove(card);
      await videos.refresh();
    } else if (card.root.isConnected) announcer.announce(card.root.textContent.trim());
  });
}

function remove(card) {
  removeCard(card.root, fileInput);
  uploads = uploads.filter((other) => other !== card);
}

// A video that is only half sent would wait for its other half, and a recording would be lost: the browser asks before it leaves the page.
addEventListener("beforeunload", (event) => {
  if (uploads.some((card) => card.isSending)) event.preventDefault();
});
receiveFiles(byId("drop"), addVideos);
offerSample(byId("sample"), config.sampleUrl, addVideos);
takeHandedOver().then((files) => files.length && addVideos(files));
new RecordingPanel(config.videoMaxS, addVideos);
forgetOldUploads();
videos.refresh();
