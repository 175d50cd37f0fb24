// The status line under the mirror. Pure.
import { summary } from "../shared/text.js";

const CONNECTION_TEXT = {
  connecting: "Connecting to the server…",
  lost: "The connection was lost. Reconnecting…",
  restarting: "The server is restarting. Reconnecting…",
  refused: "The server cannot be reached. Reconnecting…",
};

/**
 * The text to show; the first condition that applies wins.
 * @param {{running: boolean, hidden: boolean, connection: string, problem: string|null, faces: object[]|null}} page
 */
export function statusLine({ running, hidden, connection, problem, faces }) {
  if (!running) return "";
  if (hidden) return "Paused while this tab is hidden";
  if (connection !== "open") return CONNECTION_TEXT[connection];
  if (problem) return problem;
  return faces === null ? "Detecting…" : summary(faces);
}
