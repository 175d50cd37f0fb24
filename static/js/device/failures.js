// Why detection on the device does not work, in words. Pure.

/** What happened, by code. */
const HAPPENED = {
  no_worker: "This browser cannot run detection in the background.",
  insecure: "Detection on this device needs a secure address (https, or localhost).",
  no_wasm: "This browser, or a rule of its owner, does not allow WebAssembly, which detection on this device needs.",
  out_of_memory: "This device has not enough memory for detection.",
  unreachable: "The files for detection on this device could not be loaded.",
  bad_model: "A model file arrived cut or in another version than this page needs, twice.",
  wrong_answer: "Detection on this device failed its self-test: it gave wrong numbers.",
  not_offered: "This server uses a detector that runs on the server only.",
  crashed: "Detection on this device stopped unexpectedly.",
};

/** An error with one of these codes. */
export class DeviceError extends Error {
  constructor(code, cause) {
    super(HAPPENED[code], { cause });
    this.code = code;
    /** Where there is a server, it takes over. */
    this.retryable = true;
  }
}

/** Browsers word their errors differently; the first pattern that fits counts. */
const PATTERNS = [
  [/out of memory|could not allocate|allocation failed|cannot enlarge memory/i, "out_of_memory"],
  [/CompileError|unsafe-eval|WebAssembly is not defined/i, "no_wasm"],
  [/fetch|network|load/i, "unreachable"],
];

/** The code of an error that the runtime, a fetch or a worker threw. */
export function failureCode(error) {
  if (error instanceof DeviceError) return error.code;
  const text = `${error?.name} ${error?.message}`;
  return PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? "crashed";
}

/** What happened and what follows. @param {string} code @param {boolean} hasServer whether pictures go to a server instead */
export function failureText(code, hasServer) {
  const next = hasServer ? "Pictures go to the server instead." : "Reload this page to try again, or use another browser.";
  return `${HAPPENED[code] ?? HAPPENED.crashed} ${next}`;
}

/** Said where the models run, but the browser has no room to keep them. */
export const NO_ROOM_TEXT = "This browser has no room to keep the models: they are loaded anew at the next visit, and do not work offline.";
