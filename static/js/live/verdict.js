// The verdict over the picture: which faces are in view, or why there is no result. Pure.
import { hiddenText, summary, verdictParts } from "../shared/faces/text.js";

const CONNECTION_TEXT = {
  connecting: "Connecting to the server…",
  lost: "The connection was lost. Reconnecting…",
  restarting: "The server is restarting. Reconnecting…",
  refused: "The server cannot be reached. Reconnecting…",
  loading: "Loading what detection on this device needs…",
  failed: "Detection on this device does not work",
};
const QUIET = new Set(["connecting", "loading"]);

const words = (tone, text) => ({ tone, parts: [{ text }], sentence: text });

/**
 * What to show; the first condition that applies wins.
 * @param {{running: boolean, hidden: boolean, connection: string, problem: string|null, faces: object[]|null, hiddenFaces: number}} page
 *   `hidden`: the tab; `faces`: those shown; `hiddenFaces`: how many the visitor's setting hides
 * @returns {{tone: "faces"|"quiet"|"problem"|"lost", parts: {text: string, state?: string}[], sentence: string}|null}
 *   parts: what lies over the picture; a part with a state has its colour and sign
 */
export function verdict({ running, hidden, connection, problem, faces, hiddenFaces }) {
  if (!running) return null;
  if (hidden) return words("quiet", "Paused while this tab is hidden");
  if (connection !== "open") return words(QUIET.has(connection) ? "quiet" : "lost", CONNECTION_TEXT[connection]);
  if (problem) return words("problem", problem);
  if (faces === null) return words("quiet", "Detecting…");
  if (faces.length === 0) return words("quiet", hiddenFaces ? hiddenText(hiddenFaces) : summary(faces));
  const sentence = hiddenFaces ? `${summary(faces)}; ${hiddenText(hiddenFaces)}` : summary(faces);
  return { tone: "faces", parts: verdictParts(faces), sentence };
}
