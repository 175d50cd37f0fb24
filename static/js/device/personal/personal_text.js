// What the page says about a visitor's own classifier. Pure.

const percent = (fraction) => `${Math.round(100 * fraction)} %`;

/**
 * The sentence beside the switch.
 * @param {import("./personal_classifier.js").Personal | null} personal
 * @param {{on: boolean, place: "server" | "device", refusal: string | null}} state the switch; where faces are detected; why it cannot be used
 */
export function personalText(personal, { on, place, refusal }) {
  if (refusal) return refusal;
  if (!personal) return "It learns from a few pictures of you, on this device, and you can keep it as a file.";
  const { by, before, after } = personal.cross_validation;
  if (!personal.weight) return `Your own classifier is not used: cross-validated, it did not help (${percent(before.accuracy)} right without it).`;
  if (!on) return "Your own classifier is off.";
  if (place === "server") return "Your own classifier works where faces are detected on this device.";
  const caution = by === "sitting" ? "" : ", on one sitting, which flatters";
  return `Your own classifier is on (cross-validated: ${percent(before.accuracy)} → ${percent(after.accuracy)} right${caution}).`;
}
