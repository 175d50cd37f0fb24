import assert from "node:assert/strict";
import { test } from "node:test";

// Before the first date: clocks of this zone change in March and October.
process.env.TZ = "Europe/Berlin";
const { byUnit, countsCsv, localTime, series, startOf, starts } = await import("../../../static/js/door/counts.js");

const MINUTE_MS = 60_000;
const row = (text, counts) => ({ minute: Date.parse(text) / MINUTE_MS, with_mask: 0, without_mask: 0, mask_worn_incorrectly: 0, not_sure: 0, ...counts });
const ROWS = [
  row("2026-11-30T12:59:00Z", { with_mask: 2 }),
  row("2026-11-30T13:01:00Z", { with_mask: 1, without_mask: 3 }),
  row("2026-11-30T23:30:00Z", { not_sure: 1 }),
];

test("minutes, hours and days begin at this place", () => {
  const time_ms = Date.parse("2026-11-30T13:01:29.5Z");
  assert.equal(localTime(startOf("minute", time_ms)), "2026-11-30T14:01+01:00");
  assert.equal(localTime(startOf("hour", time_ms)), "2026-11-30T14:00+01:00");
  assert.equal(localTime(startOf("day", time_ms)), "2026-11-30T00:00+01:00");
});

test("an hour has 60 minutes, a day 24 hours, a month 31 days, the last of which is now", () => {
  const now_ms = Date.parse("2026-11-30T13:01:30Z");
  for (const [period, count, first, last] of [
    ["hour", 60, "2026-11-30T13:02+01:00", "2026-11-30T14:01+01:00"],
    ["day", 24, "2026-11-29T15:00+01:00", "2026-11-30T14:00+01:00"],
    ["month", 31, "2026-10-31T00:00+01:00", "2026-11-30T00:00+01:00"],
  ]) {
    const all = starts(period, now_ms);
    assert.deepEqual([all.length, localTime(all[0]), localTime(all.at(-1))], [count, first, last]);
  }
});

test("days begin at midnight where clocks change too", () => {
  const all = starts("month", Date.parse("2026-04-10T12:00:00Z")).map(localTime);
  assert.ok(all.includes("2026-03-29T00:00+01:00") && all.includes("2026-03-30T00:00+02:00"));
  assert.ok(all.every((text) => text.includes("T00:00")));
});

test("rows are summed by unit", () => {
  assert.deepEqual(byUnit(ROWS, "minute").length, 3);
  const hours = byUnit(ROWS, "hour");
  assert.deepEqual(hours.map(({ with_mask, without_mask, not_sure }) => [with_mask, without_mask, not_sure]), [[2, 0, 0], [1, 3, 0], [0, 0, 1]]);
  const days = byUnit(ROWS, "day");
  // Half past eleven in the evening, UTC, is the next day at this place.
  assert.deepEqual(days.map(({ with_mask, not_sure }) => [with_mask, not_sure]), [[3, 0], [0, 1]]);
});

test("a plot shows the units of its period, and its sums are those of its bars", () => {
  const { byState, totals, max } = series(ROWS, "hour", Date.parse("2026-11-30T13:20:00Z"));
  assert.equal(byState.with_mask.length, 60);
  assert.deepEqual([totals.with_mask, totals.without_mask, totals.not_sure, max], [3, 3, 0, 3]);
  assert.equal(byState.without_mask[40], 3);
  assert.equal(series([], "day", 0).max, 1);
});

test("the CSV has a line for each unit with faces", () => {
  assert.equal(
    countsCsv(ROWS, "hour"),
    "hour,with_mask,without_mask,mask_worn_incorrectly,not_sure,faces\r\n" +
      "2026-11-30T13:00+01:00,2,0,0,0,2\r\n2026-11-30T14:00+01:00,1,3,0,0,4\r\n2026-12-01T00:00+01:00,0,0,0,1,1\r\n",
  );
});
