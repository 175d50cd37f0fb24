// The camera of the page: bursts of the chosen state.
import { CameraPanel } from "../shared/camera/camera_panel.js";
import { byId } from "../shared/dom.js";
import { Burst, PICTURES } from "./burst.js";

/** Connects camera panel, burst and intake. */
export class CameraSection {
  #camera = new CameraPanel({ panel: byId("panel"), opener: byId("use-camera"), shutter: byId("burst"), closer: byId("close-camera"), message: byId("camera-message") });
  #burst = new Burst();
  #intake;
  #announce;

  /** @param {import("./intake.js").Intake} intake @param {(text: string) => void} announce */
  constructor(intake, announce) {
    this.#intake = intake;
    this.#announce = announce;
    byId("use-camera").addEventListener("click", () => this.#camera.open());
    byId("burst").addEventListener("click", () => (this.#burst.running ? this.#burst.stop() : this.#take()));
    byId("close-camera").addEventListener("click", () => this.#burst.stop());
    this.#camera.addEventListener("ended", () => this.#burst.stop());
  }

  /** Close the camera: another tab has the collection. */
  close() {
    this.#burst.stop();
    if (this.#camera.stream) this.#camera.close();
  }

  async #take() {
    const button = byId("burst");
    const label = button.textContent;
    const step = { text: "take pictures", group: this.#intake.newGroup() };
    button.textContent = "Stop";
    let problem = "";
    const take = async (number) => {
      byId("burst-status").textContent = `Picture ${number} of ${PICTURES}`;
      return this.#intake.addPicture(await this.#camera.takePhoto("picture.jpg"), step);
    };
    const taken = await this.#burst.run(take).catch((error) => {
      problem = error.message;
      return null;
    });
    button.textContent = label;
    const text = taken === null ? problem : `${taken === 1 ? "1 picture" : `${taken} pictures`} taken.`;
    byId("burst-status").textContent = text;
    this.#announce(text);
  }
}
