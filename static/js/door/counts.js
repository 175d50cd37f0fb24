// Counts of faces by minute, hour and day of this place, as a series to plot and as CSV. Pure.
import { csv } from "../shared/files/csv.js";
import { STATE_NAMES } from "../shared/faces/face_states.js";
import { countStates } from "../shared/faces/text.js";

const MINUTE_MS = 60_000;

/** What is plotted: so many units, the last one being the present. */
export const PERIODS = {
  hour: { unit: "minute", units: 60 },
  day: { unit: "hour", units: 24 },
  month: { unit: "day", units: 31 },
};

/** When the minute, hour or day of a time began, at this place. @returns {number} milliseconds since 1970 */
export function startOf(unit, time_ms) {
  const date = new Date(time_ms);
  if (unit === "day") date.setHours(0, 0, 0, 0);
  else if (unit === "hour") date.setMinutes(0, 0, 0);
  else date.setSeconds(0, 0);
  return date.getTime();
}

/** When the units of a period began, the oldest first. */
export function starts(period, now_ms) {
  const { unit, units } = PERIODS[period];
  const last = startOf(unit, now_ms);
  return Array.from({ length: units }, (_, i) => {
    const back = units - 1 - i;
    if (unit !== "day") return last - back * (unit === "hour" ? 60 : 1) * MINUTE_MS;
    // Days are of 23 to 25 hours, where clocks change.
    const date = new Date(last);
    date.setDate(date.getDate() - back);
    return date.getTime();
  });
}

/** Rows of minutes as one row for each unit that has faces. @param {import("./count_store.js").Row[]} rows in their order */
export function byUnit(rows, unit) {
  const found = new Map();
  for (const row of rows) {
    const start_ms = startOf(unit, row.minute * MINUTE_MS);
    const sum = found.get(start_ms) ?? { start_ms, ...countStates([]) };
    for (const state of STATE_NAMES) sum[state] += row[state];
    found.set(start_ms, sum);
  }
  return [...found.values()];
}

/**
 * What a plot of a period shows.
 * @returns {{starts: number[], byState: Record<string, number[]>, totals: Record<string, number>, max: number}}
 */
export function series(rows, period, now_ms) {
  const all = starts(period, now_ms);
  const sums = new Map(byUnit(rows, PERIODS[period].unit).map((sum) => [sum.start_ms, sum]));
  const byState = Object.fromEntries(STATE_NAMES.map((state) => [state, all.map((start_ms) => sums.get(start_ms)?.[state] ?? 0)]));
  const totals = Object.fromEntries(STATE_NAMES.map((state) => [state, byState[state].reduce((sum, count) => sum + count, 0)]));
  return { starts: all, byState, totals, max: Math.max(1, ...STATE_NAMES.flatMap((state) => byState[state])) };
}

/** All rows as CSV, one line for each minute, hour or day that has faces. */
export function countsCsv(rows, unit) {
  const lines = byUnit(rows, unit).map((sum) => {
    const counts = STATE_NAMES.map((state) => sum[state]);
    return [localTime(sum.start_ms), ...counts, counts.reduce((total, count) => total + count, 0)];
  });
  return csv([[unit, ...STATE_NAMES, "faces"], ...lines]);
}

/** A time of this place with its distance from UTC (ISO 8601): "2026-11-30T14:05+01:00". */
export function localTime(time_ms) {
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  const date = new Date(time_ms);
  const offset_min = -date.getTimezoneOffset();
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}${offset_min < 0 ? "-" : "+"}${two(offset_min / 60)}:${two(offset_min % 60)}`;
}
