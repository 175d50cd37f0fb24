// The self-test of a model: a fixed picture must give the numbers in its card. Pure; counterpart of
// webapp/vision/known_answer.py.

/** Largest difference from the card's numbers, which native LiteRT gave. */
const TOLERANCE = 1e-3;

/** The fixed picture: RGB in [0, 255]. */
export function knownInput(length) {
  return Float32Array.from({ length }, (_, i) => (i * 37) % 256);
}

/** As many values as the card has, from evenly spaced places of an output. */
export function samples(output, count) {
  return Array.from({ length: count }, (_, i) => output[Math.floor((i * output.length) / count)]);
}

/**
 * Whether each output in the card is one of a model's outputs: runtimes order them as they like.
 * @param {Float32Array[]} outputs
 * @param {{outputs: number[][]}} knownAnswer of the card
 */
export function isKnownAnswer(outputs, knownAnswer) {
  return knownAnswer.outputs.every((expected) => outputs.some((output) => isNear(samples(output, expected.length), expected)));
}

function isNear(values, expected) {
  return values.every((value, k) => Math.abs(value - expected[k]) <= TOLERANCE * Math.max(1, Math.abs(expected[k])));
}
