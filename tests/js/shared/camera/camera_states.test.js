import assert from "node:assert/strict";
import { test } from "node:test";
import { CAMERA_TEXT, cameraState, cameraSupport } from "../../../../static/js/shared/camera/camera_states.js";

test("every error of getUserMedia has a state with a text", () => {
  for (const name of ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError", "SecurityError", "AbortError", "Odd"]) {
    assert.ok(CAMERA_TEXT[cameraState(name)].text, name);
  }
  assert.equal(cameraState("NotAllowedError"), "denied");
  assert.equal(cameraState("NotReadableError"), "busy");
});

test("an insecure address is reported before a missing camera API", () => {
  assert.equal(cameraSupport({ isSecureContext: false, hasMediaDevices: false }), "insecure");
  assert.equal(cameraSupport({ isSecureContext: true, hasMediaDevices: false }), "unsupported");
  assert.equal(cameraSupport({ isSecureContext: true, hasMediaDevices: true }), "idle");
});
