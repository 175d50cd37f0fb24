// What the page says while the mirror shows nobody, state by state. Pure.

/** Title, text and the button's words (null: no button) for every state of the camera. */
export const CAMERA_WORDS = {
  idle: {
    title: "Look into the mirror",
    text: "Every face in view gets a box that says how its mask is worn.",
    action: "Start the mirror",
  },
  asking: {
    title: "May the mirror see you?",
    text: "Your browser is asking for the camera. Choose Allow.",
    action: null,
  },
  denied: {
    title: "The camera is blocked",
    text: "Allow the camera for this page, by the sign beside the address or in your device’s settings. Then try again.",
    action: "Try again",
  },
  missing: {
    title: "No camera found",
    text: "Connect a camera and try again. A photo or a film works without one.",
    action: "Try again",
  },
  busy: {
    title: "The camera is in use",
    text: "Another program or tab holds the camera. Close it there, then try again.",
    action: "Try again",
  },
  insecure: {
    title: "The camera needs a secure address",
    text: "Browsers hand out the camera only over https, or on the server’s own computer as localhost. Open this page by an https address; whoever runs the server can start it with --https. A photo or a film works here too.",
    action: null,
  },
  unsupported: {
    title: "This browser cannot show the camera",
    text: "A newer browser can. A photo or a film works here too.",
    action: null,
  },
  ended: {
    title: "The camera went away",
    text: "It was unplugged or switched off. Connect it, then start again.",
    action: "Start again",
  },
  unequipped: {
    title: "The page’s libraries are missing on this server",
    text: "Load this page again. If it stays so, whoever runs the server can add them with npm ci and npm run build. A photo or a film works without them.",
    action: null,
  },
  failed: {
    title: "The camera did not start",
    text: "Close other programs that may use it, then try again.",
    action: "Try again",
  },
};

const BY_ERROR = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "failed",
};

/** The state behind an error of getUserMedia, by the error's name. */
export function cameraState(errorName) {
  return BY_ERROR[errorName] ?? "failed";
}

/** The state before anything is asked: whether this browser, at this address, has a camera to ask for. */
export function cameraSupport({ isSecureContext, hasMediaDevices }) {
  if (!isSecureContext) return "insecure";
  return hasMediaDevices ? "idle" : "unsupported";
}
