// The one line under the mirror. Pure.
import { summary } from "../shared/text.js";

const CONNECTION = {
  connecting: "Connecting to the server…",
  lost: "The connection is lost. Trying again by itself…",
  restarting: "The server is restarting. The mirror comes back by itself.",
  refused: "The server cannot be reached. Trying again by itself…",
};

/**
 * What to say now; the first thing that matters wins.
 * @param {{running: boolean, hidden: boolean, connection: string, problem: string|null, faces: object[]|null}} now
 */
export function statusLine({ running, hidden, connection, problem, faces }) {
  if (!running) return "";
  if (hidden) return "Paused while this tab is hidden";
  if (connection !== "open") return CONNECTION[connection];
  if (problem) return problem;
  return faces === null ? "Looking…" : summary(faces);
}
