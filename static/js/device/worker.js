// The worker in which detection on the device runs. A classic one, since the runtime's loader calls importScripts, which
// module workers do not have; the code itself is modules.
"use strict";

const engine = import("./engine.js").then(({ Engine }) => new Engine((message) => self.postMessage(message)));
// A failed import is told by the first message that waits for it.
engine.catch(() => {});

self.addEventListener("message", async ({ data }) => {
  try {
    await (await engine).receive(data);
  } catch (error) {
    self.postMessage({ kind: "failed", id: data.id, code: error.code ?? "unreachable", detail: String(error) });
  }
});
