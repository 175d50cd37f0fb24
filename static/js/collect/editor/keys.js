// What a key does in the editor. Pure.
import { LABELS } from "../../shared/faces/face_states.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PLAIN = { Delete: { kind: "delete" }, Backspace: { kind: "delete" }, b: { kind: "add" }, "+": { kind: "zoom", by: 1 }, "=": { kind: "zoom", by: 1 }, "-": { kind: "zoom", by: -1 }, 0: { kind: "whole" }, PageDown: { kind: "step", by: 1 }, PageUp: { kind: "step", by: -1 } };

/**
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @param {boolean} onBox whether a box has the focus; without one, arrows scroll as everywhere
 * @returns {{kind: string, dx?: number, dy?: number, fine?: boolean, label?: string, by?: number} | null}
 *   "move", "resize" (of the right and the lower edge), "label", "delete", "add", "zoom", "whole", "step", "undo", "redo"
 */
export function actionOf({ key, shiftKey, ctrlKey, metaKey, altKey }, onBox) {
  const command = ctrlKey || metaKey;
  if (command && key.toLowerCase() === "z") return { kind: shiftKey ? "redo" : "undo" };
  if (command && key.toLowerCase() === "y") return { kind: "redo" };
  if (altKey) return null;
  if (onBox && Object.hasOwn(ARROWS, key)) {
    const [dx, dy] = ARROWS[key];
    return { kind: shiftKey ? "resize" : "move", dx, dy, fine: command };
  }
  if (command) return null;
  if (onBox && LABELS[Number(key) - 1]) return { kind: "label", label: LABELS[Number(key) - 1] };
  if (!onBox && (key === "Delete" || key === "Backspace")) return null;
  return Object.hasOwn(PLAIN, key) ? PLAIN[key] : null;
}
