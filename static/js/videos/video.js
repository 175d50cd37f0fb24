// The film page: films in, cards out.
import { Announcer } from "../shared/announcer.js";
import { pageConfig } from "../shared/config.js";
import { receiveFiles } from "../shared/drop_zone.js";
import { FilmList } from "./video_list.js";
import { Recording } from "./recording_panel.js";
import { Turns } from "../shared/task_queue.js";
import { UploadCard } from "./upload_card.js";

const byId = (id) => document.getElementById(id);
const config = pageConfig();
const turns = new Turns(1);
const announcer = new Announcer(byId("spoken"), 2000);
const films = new FilmList({ list: byId("films"), empty: byId("no-films"), lost: byId("lost") }, config, (text) => announcer.say(text));

function send(files) {
  const cards = files.map((file) => {
    const card = new UploadCard(file, config, () => queue(card));
    return card;
  });
  byId("uploads").prepend(...cards.map((card) => card.root));
  cards.forEach(queue);
}

function queue(card) {
  turns.run(async () => {
    if (await card.send()) await films.refresh();
    else announcer.say(card.root.textContent.trim());
  });
}

receiveFiles(byId("drop"), send);
new Recording(config.videoMaxS, send);
films.refresh();
