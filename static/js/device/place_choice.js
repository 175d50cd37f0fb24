// The choice between the two places of detection, what it says, and the offer of the device when the server is in trouble.
import { byId } from "../shared/dom.js";
import { remember, remembered } from "../shared/storage/remembered.js";
import { TROUBLE_TEXT } from "./server_trouble.js";

const PLACE = "place";
const MODELS = "models";
/** Kept once the models have been loaded: the device then goes on by itself when the server is gone. */
const LOADED = "device-loaded";

/** Detect at this place from the next page on. @param {"server" | "device"} place */
export const rememberPlace = (place) => remember(PLACE, place);

/** The control of the choice that is in view: the button of the other place, the choice itself, or what opens the sheet with it. */
function controlInView() {
  const sheet = byId("place").closest("[popover]");
  const openers = sheet ? `, [popovertarget="${sheet.id}"]` : "";
  return [...document.querySelectorAll(`[data-go], #place [name=place]:checked${openers}`)].find(isInView);
}

const isInView = (element) => element.getClientRects().length > 0;

/** Connects the elements of templates/shared/_place.html with the places of detection. */
export class PlaceChoice {
  #places;
  #announce;
  #personal;
  #offering = null;

  /**
   * @param {import("./places.js").Places} places
   * @param {(text: string) => void} announce tells a sentence to screen readers
   * @param {import("./personal/personal_panel.js").PersonalPanel | null} personal the visitor's own classifier, on pages that use it
   */
  constructor(places, announce, personal = null) {
    this.#places = places;
    this.#announce = announce;
    this.#personal = personal;
    personal?.addEventListener("change", () => this.#modelsChanged());
    this.#restore();
    byId("place").addEventListener("change", ({ target }) => this.#chosen(target));
    byId("place-offer").addEventListener("click", () => this.#go("device"));
    for (const button of document.querySelectorAll("[data-go]")) button.addEventListener("click", () => this.#go(button.dataset.go));
    places.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** Further models that the visitor chose, and the visitor's own classifier. @returns {import("./places.js").Models} */
  get models() {
    return { ...this.#chosenModels, personal: this.#personal?.active ?? null };
  }

  get #chosenModels() {
    return Object.fromEntries(this.#modelBoxes().map((box) => [box.dataset.model, box.checked]));
  }

  /**
   * Detect where the visitor chose at an earlier visit, or on this device where there is no server. Who chose the device
   * sends nothing to a server meanwhile.
   */
  async chooseRemembered() {
    if (this.#places.place === "server" && remembered(PLACE, "server") !== "device") return;
    // Else it would load the models twice.
    await this.#personal?.loaded;
    this.#places.change({ place: "device" });
    await this.#choose("device");
  }

  #modelBoxes() {
    return [...byId("place").querySelectorAll("[data-model]")];
  }

  #restore() {
    const chosen = remembered(MODELS, {});
    for (const box of this.#modelBoxes()) box.checked = chosen[box.dataset.model] === true;
  }

  #chosen(control) {
    if (!control.dataset.model) this.#go(control.value);
    else {
      remember(MODELS, this.#chosenModels);
      this.#modelsChanged();
    }
  }

  #modelsChanged() {
    // While it loads for the device, the place is the server still.
    if (this.#places.place === "device" || this.#places.loading) this.#choose("device");
  }

  async #choose(place) {
    const there = await this.#places.choose(place, this.models);
    if (there && place === "device") remember(LOADED, true);
  }

  #go(place) {
    rememberPlace(place);
    this.#choose(place);
  }

  /** Show where faces are detected now; a button that hides itself by that hands the focus on. */
  #show() {
    const focused = document.activeElement;
    this.#showPlace();
    if (focused?.matches("#place-offer, [data-go]") && !isInView(focused)) controlInView()?.focus();
  }

  /** Where faces are detected now, what there is to say, and the offer. */
  #showPlace() {
    const { place, loading, message, trouble } = this.#places;
    const shown = loading ? "device" : place;
    for (const radio of byId("place").querySelectorAll("[name=place]")) radio.checked = radio.value === shown;
    byId("place").dataset.place = shown;
    for (const text of document.querySelectorAll("[data-at]")) text.hidden = text.dataset.at !== place;
    // Who has just read why the device does not work is not offered it.
    const offered = place === "server" && !loading && !message ? trouble : null;
    const text = loading ? "Loading what detection on this device needs…" : offered ? TROUBLE_TEXT[offered] : message;
    const notice = byId("place-notice");
    if (notice.hidden !== !text || byId("place-text").textContent !== (text ?? "")) {
      byId("place-text").textContent = text ?? "";
      notice.hidden = !text;
      if (text) this.#announce(text);
    }
    byId("place-offer").hidden = !offered;
    if (offered && offered !== this.#offering) this.#offered(offered);
    this.#offering = offered;
  }

  /** A server that is gone answers nothing: where the models are on this device already, it goes on without a question. */
  #offered(trouble) {
    if (trouble === "gone" && remembered(LOADED, false)) this.#choose("device");
  }
}
