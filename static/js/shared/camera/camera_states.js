// The states of the camera and their texts. Pure.

/** Title, text and button label (null: no button) of every state of the camera. */
export const CAMERA_TEXT = {
  idle: {
    title: "Look into the mirror",
    text: "Every face in view gets a box that shows how the mask is worn.",
    action: "Start the mirror",
  },
  asking: {
    title: "Allow the camera",
    text: "Your browser is asking for permission to use the camera. Choose Allow.",
    action: null,
  },
  denied: {
    title: "The camera is blocked",
    text: "Allow the camera for this page, with the icon beside the address or in your device’s settings. Then try again.",
    action: "Try again",
  },
  missing: {
    title: "No camera found",
    text: "Connect a camera and try again. Photo and video files work without one.",
    action: "Try again",
  },
  busy: {
    title: "The camera is in use",
    text: "Another program or tab is using the camera. Close it there, then try again.",
    action: "Try again",
  },
  insecure: {
    title: "The camera needs a secure address",
    text: "Browsers allow the camera only over https, or at localhost on the server’s own computer. Open this page at an https address; the server’s operator can start it with --https. Photo and video files work here too.",
    action: null,
  },
  unsupported: {
    title: "This browser does not support the camera",
    text: "Use a newer browser. Photo and video files work here too.",
    action: null,
  },
  ended: {
    title: "The camera was disconnected",
    text: "It was unplugged or switched off. Connect it, then start again.",
    action: "Start again",
  },
  incomplete: {
    title: "The page’s libraries are missing on this server",
    text: "Reload this page. If this message stays, the server’s operator can install the libraries with npm ci and npm run build. Photo and video files work without them.",
    action: null,
  },
  failed: {
    title: "The camera did not start",
    text: "Close other programs that may use it, then try again.",
    action: "Try again",
  },
};

const STATE_BY_ERROR = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "failed",
};

/** The state for an error of getUserMedia, by the error's name. */
export function cameraState(errorName) {
  return STATE_BY_ERROR[errorName] ?? "failed";
}

/** The state before the camera is requested: whether the address is secure and the browser supports cameras. */
export function cameraSupport({ isSecureContext, hasMediaDevices }) {
  if (!isSecureContext) return "insecure";
  return hasMediaDevices ? "idle" : "unsupported";
}
