// The camera: opened, listed, closed.
import { cameraState, cameraSupport } from "./camera_states.js";

/** An error that carries the state to tell (see camera_words.js). */
export class CameraError extends Error {
  constructor(state) {
    super(state);
    this.state = state;
  }
}

/** "idle" where a camera may be asked for, else why not. */
export function support() {
  return cameraSupport({ isSecureContext: window.isSecureContext, hasMediaDevices: Boolean(navigator.mediaDevices?.getUserMedia && window.OffscreenCanvas) });
}

/**
 * Ask for a camera.
 * @param {{deviceId?: string, sound?: boolean}} wish without a device: the one that faces the visitor
 * @returns {Promise<MediaStream>}
 * @throws {CameraError}
 */
export async function openCamera({ deviceId = "", sound = false } = {}) {
  if (support() !== "idle") throw new CameraError(support());
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: sound });
  } catch (error) {
    // A camera without a microphone is still a camera.
    if (sound && error.name === "NotFoundError") return openCamera({ deviceId });
    throw new CameraError(cameraState(error.name));
  }
}

/** Cameras by name; names are known once one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput" && device.deviceId)
    .map((device, i) => ({ id: device.deviceId, name: device.label || `Camera ${i + 1}` }));
}

/** Whether the visitor allowed the camera before, so that asking again is no surprise. */
export async function allowedBefore() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false;
  }
}

/** Switch everything off. */
export function closeStream(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Whether a stream shows what is behind the phone, which no mirror does. */
export function facesAway(stream) {
  return stream.getVideoTracks()[0]?.getSettings().facingMode === "environment";
}
