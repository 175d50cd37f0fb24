// Opens, lists and closes cameras.
import { cameraState, cameraSupport } from "./camera_states.js";

/** An error with the camera's state (see camera_states.js). */
export class CameraError extends Error {
  constructor(state) {
    super(state);
    this.state = state;
  }
}

/** "idle" where the camera can be requested, else the state that gives the reason. */
export function support() {
  return cameraSupport({ isSecureContext: window.isSecureContext, hasMediaDevices: Boolean(navigator.mediaDevices?.getUserMedia && window.OffscreenCanvas) });
}

/**
 * Request a camera.
 * @param {{deviceId?: string, sound?: boolean}} options without a device: the camera that faces the user
 * @returns {Promise<MediaStream>}
 * @throws {CameraError}
 */
export async function openCamera({ deviceId = "", sound = false } = {}) {
  if (support() !== "idle") throw new CameraError(support());
  const device = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...device, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: sound });
  } catch (error) {
    // Without a microphone the camera is opened without sound.
    if (sound && error.name === "NotFoundError") return openCamera({ deviceId });
    throw new CameraError(cameraState(error.name));
  }
}

/** Ids and names of the cameras; browsers give them once a camera has been allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput" && device.deviceId)
    .map((device, i) => ({ id: device.deviceId, name: device.label || `Camera ${i + 1}` }));
}

/** Whether the permission for the camera is granted already, so that opening it shows no dialog. */
export async function permissionGranted() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false;
  }
}

/** Stop all tracks of a stream. */
export function closeStream(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Whether a stream comes from the rear camera, whose picture is not mirrored. */
export function isRearCamera(stream) {
  return stream.getVideoTracks()[0]?.getSettings().facingMode === "environment";
}
