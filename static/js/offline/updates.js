// Keeps the pages on this device, where the browser can, and tells the visitor when a new version is ready.
import { byId } from "../shared/dom.js";

const { serviceWorker } = navigator;

/** Register the service worker. Where the browser refuses (a private window, no secure address), pages work as before. */
async function keepPages(address) {
  const registration = await serviceWorker.register(address, { updateViaCache: "none" });
  const tell = () => registration.waiting && serviceWorker.controller && offerUpdate(registration);
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", tell));
  tell();
}

/** Show the notice; the new version takes over when the visitor chooses it. */
function offerUpdate(registration) {
  byId("update").hidden = false;
  byId("load-update").onclick = () => {
    // Another tab has loaded it already.
    if (!registration.waiting) return location.reload();
    serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting.postMessage("activate");
  };
}

if (serviceWorker) keepPages(new URL(document.body.dataset.serviceWorker, document.baseURI)).catch(() => {});
