import assert from "node:assert/strict";
import { test } from "node:test";
import { Flight } from "../../../static/js/live/in_flight.js";

test("no more than the limit is under way", () => {
  const flight = new Flight(2);
  assert.equal(flight.begin(), 1);
  assert.equal(flight.begin(), 2);
  assert.equal(flight.begin(), null);
  flight.end(1);
  assert.equal(flight.begin(), 3);
  assert.equal(flight.size, 2);
});

test("ending twice frees one room only", () => {
  const flight = new Flight(1);
  const seq = flight.begin();
  flight.end(seq);
  flight.end(seq);
  flight.begin();
  assert.equal(flight.begin(), null);
});

test("an answer that comes after a newer one is no news", () => {
  const flight = new Flight(2);
  assert.ok(flight.isNews(2));
  assert.ok(!flight.isNews(1));
  assert.ok(!flight.isNews(2));
  assert.ok(flight.isNews(3));
});
