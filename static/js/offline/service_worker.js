// The service worker: keeps one version of the pages and of what they need, so that they open without the server.
// The server puts SITE in front: the version, the version of the WebAssembly runtime, and the addresses to keep
// (webapp/pages/offline.py). Models are kept by the page's own worker (static/js/device/runtime/model_store.js).
"use strict";

const PAGES_CACHE = `mask-mirror-pages-${SITE.version}`;
const RUNTIME_CACHE = `mask-mirror-runtime-${SITE.runtime}`;
const CACHES = new Set([PAGES_CACHE, RUNTIME_CACHE, "mask-mirror-models"]);
const ROOT = self.registration.scope;
const KEPT = new Set(SITE.kept.map((path) => new URL(path, ROOT).href));
const RUNTIME_FOLDER = new URL("static/vendor/litert/", ROOT).href;
const OFFLINE_PAGE = new URL("offline", ROOT).href;

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
// The page tells when the visitor has chosen the new version.
self.addEventListener("message", (event) => event.data === "activate" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const address = url.split(/[?#]/)[0];
  if (method !== "GET") return;
  if (KEPT.has(address)) event.respondWith(kept(event.request, address));
  else if (address.startsWith(RUNTIME_FOLDER)) event.respondWith(runtimeFile(event.request));
  else if (mode === "navigate") event.respondWith(pageOrOffline(event.request));
});

/** All or nothing: a version that cannot be kept whole is not installed. */
async function keepAll() {
  const cache = await caches.open(PAGES_CACHE);
  await cache.addAll([...KEPT].map((url) => new Request(url, { cache: "reload" })));
  for (const url of KEPT) await forgetRedirect(cache, url);
}

/** Keep a response as if it had come at once: browsers refuse a redirected one for a navigation (hosts lead /photo.html to /photo). */
async function forgetRedirect(cache, url) {
  const response = await cache.match(url);
  if (!response.redirected) return;
  const { status, statusText, headers } = response;
  await cache.put(url, new Response(await response.blob(), { status, statusText, headers }));
}

/** Remove what earlier versions kept, and serve the pages that are open. */
async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith("mask-mirror-") && !CACHES.has(name)) await caches.delete(name);
  }
  await self.clients.claim();
}

async function kept(request, address) {
  const cache = await caches.open(PAGES_CACHE);
  return (await cache.match(address)) ?? fetch(request);
}

async function runtimeFile(request) {
  const cache = await caches.open(RUNTIME_CACHE);
  const found = await cache.match(request.url);
  if (found) return found;
  const response = await fetch(request);
  // Without room the file is used all the same.
  if (response.ok) await cache.put(request.url, response.clone()).catch(() => {});
  return response;
}

async function pageOrOffline(request) {
  try {
    return await fetch(request);
  } catch {
    const cache = await caches.open(PAGES_CACHE);
    return (await cache.match(OFFLINE_PAGE)) ?? Response.error();
  }
}
