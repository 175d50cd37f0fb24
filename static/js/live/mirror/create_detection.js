// Detection for a page: with its server, where it has one, and with this device.
import { DeviceDetector } from "../../device/device_detector.js";
import { Detection } from "./detection.js";
import { FrameGrabber } from "./frames.js";
import { ServerDetector } from "./server_detector.js";

/**
 * The class of connections; null on a site without a server. It is imported only now, since a server may lack the
 * library of npm: then the page shows a message.
 * @param {{served: "yes" | "no"}} config
 */
export async function loadConnection({ served }) {
  return served === "no" ? null : (await import("./connection.js")).Connection;
}

/**
 * @param {typeof import("./connection.js").Connection | null} Connection see `loadConnection`
 * @param {{liveMaxPx: number, deviceUrl: string}} config of the page
 */
export function createDetection(Connection, { liveMaxPx, deviceUrl }) {
  const connection = Connection && new Connection((state) => detection.connectionChanged(state));
  const server = connection && new ServerDetector(connection, new FrameGrabber(liveMaxPx));
  const detection = new Detection(server, new DeviceDetector(deviceUrl));
  return detection;
}
