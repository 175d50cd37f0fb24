// What the Python core gives for made-up inputs: written by `python -m tests.webapp.pages.test_device_fixtures`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const FIXTURES = JSON.parse(readFileSync(new URL("fixtures.json", import.meta.url), "utf8"));

/** Bytes from their base64. */
export const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

/** Compare nested JSON, numbers with a tolerance: Python computes in 32 bits. */
export function assertClose(found, expected, tolerance = 1e-3, path = "") {
  if (typeof expected === "number") {
    assert.ok(Math.abs(found - expected) <= tolerance, `${path}: ${found}, not ${expected}`);
  } else if (expected !== null && typeof expected === "object") {
    assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), path);
    for (const key of Object.keys(expected)) assertClose(found[key], expected[key], tolerance, `${path}/${key}`);
  } else {
    assert.equal(found, expected, path);
  }
}
