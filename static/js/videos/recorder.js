// Records what the camera shows as a film file.

const TYPES = ["video/mp4;codecs=avc1,mp4a.40.2", "video/webm;codecs=vp9,opus", "video/webm", "video/mp4"];

/** Whether this browser can record at all. */
export function canRecord() {
  return typeof MediaRecorder !== "undefined";
}

/** Begin to record; the returned function ends it and gives the file. */
export function record(stream, nameWithoutEnding) {
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType });
  const chunks = [];
  recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start(1000);
  return async () => {
    if (recorder.state !== "inactive") recorder.stop();
    await stopped;
    const type = recorder.mimeType.split(";")[0];
    return new File(chunks, `${nameWithoutEnding}.${type === "video/mp4" ? "mp4" : "webm"}`, { type });
  };
}
