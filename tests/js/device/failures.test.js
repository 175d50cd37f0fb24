import assert from "node:assert/strict";
import { test } from "node:test";
import { DeviceError, failureCode, failureText } from "../../../static/js/device/failures.js";

const CODES = {
  no_wasm: [
    new WebAssembly.CompileError("WebAssembly.instantiate(): Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source"),
    new WebAssembly.CompileError("call to WebAssembly.instantiateStreaming() blocked by CSP"),
  ],
  out_of_memory: [new RangeError("WebAssembly.Memory(): could not allocate memory"), new RangeError("Array buffer allocation failed"), new Error("Out of memory")],
  unreachable: [
    new TypeError("Failed to fetch dynamically imported module: http://127.0.0.1/core.js"),
    new TypeError("NetworkError when attempting to fetch resource."),
    new Error("both async and sync fetching of the wasm failed"),
    new DOMException("Failed to execute 'importScripts': The script failed to load", "NetworkError"),
  ],
  crashed: [new RangeError("The sides of a picture must be multiples of 32, not 5 x 5."), new TypeError("x is undefined")],
  wrong_answer: [new DeviceError("wrong_answer")],
};

for (const [code, errors] of Object.entries(CODES)) {
  test(`errors that are told as ${code}`, () => {
    for (const error of errors) assert.equal(failureCode(error), code, error.message);
  });
}

test("what follows depends on whether there is a server", () => {
  assert.match(failureText("out_of_memory", true), /not enough memory.*go to the server/);
  assert.match(failureText("out_of_memory", false), /not enough memory.*Reload this page/);
  assert.match(failureText("never heard of", true), /stopped unexpectedly/);
});
