// Records a camera stream as a video file.

const MIME_TYPES = ["video/mp4;codecs=avc1,mp4a.40.2", "video/webm;codecs=vp9,opus", "video/webm", "video/mp4"];

/** Whether this browser can record. */
export function canRecord() {
  return typeof MediaRecorder !== "undefined";
}

/** Start recording; the returned function stops it and returns the file. */
export function record(stream, stem) {
  const mimeType = MIME_TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType });
  const chunks = [];
  recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start(1000);
  return async () => {
    if (recorder.state !== "inactive") recorder.stop();
    await stopped;
    const type = recorder.mimeType.split(";")[0];
    return new File(chunks, `${stem}.${type === "video/mp4" ? "mp4" : "webm"}`, { type });
  };
}
