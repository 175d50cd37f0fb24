// Rounding as in Python. Pure.

/** The nearest whole number, halves to the even one. */
export function roundHalfEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

/** A number rounded to decimals, as it stands in the JSON of a face. */
export function roundTo(value, decimals) {
  return Number(value.toFixed(decimals));
}
