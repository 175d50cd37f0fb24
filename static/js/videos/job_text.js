// Texts about a video and its job. Pure.
import { duration, megabytes, percent } from "../shared/numbers.js";

/** Below this fraction of its frames, what is missing is the news. */
const MOSTLY_READ = 0.9;

/** Why a file is not uploaded because of its size, as a message, or null. */
export function sizeRejection(file, maxBytes) {
  if (file.size === 0) return "This file is empty. Choose another video.";
  if (file.size <= maxBytes) return null;
  return `This video has ${megabytes(file.size)}. The limit is ${megabytes(maxBytes)}. Shorten it or save it at a smaller size.`;
}

/** Why a video is not uploaded because of its duration, as a message, or null; an unknown duration (null) is checked by the server. */
export function durationRejection(duration_s, max_s) {
  if (duration_s === null || duration_s < max_s + 1) return null;
  return `This video is ${duration(duration_s)} long. The limit is ${duration(max_s)}. Shorten it and try again.`;
}

/** The state of a job in one line. */
export function jobStatus(job) {
  if (job.state === "uploading") return `Uploading: ${percent(Math.min(job.progress, 0.99))} of ${megabytes(job.size_bytes)}. If it has stopped, choose the same file again.`;
  if (job.state === "queued") return "Waiting in the queue";
  if (job.state === "running") return progressText(job);
  if (job.state === "cancelled") return "Cancelled";
  if (job.state === "failed") return job.error?.message ?? "This video could not be processed. Try another one.";
  return readyText(job.frames_done, job.skipped_frames);
}

/** Of a damaged video: how much of it could be read. */
function readyText(done, skipped) {
  if (!skipped) return "Ready";
  const total = done + skipped;
  if (done < total * MOSTLY_READ) return `Only ${done} of ${total} frames of this video could be read`;
  return `Ready; ${skipped} of ${total} frames could not be read`;
}

function progressText({ progress, fps, eta_s }) {
  const parts = [percent(Math.min(progress ?? 0, 0.99))];
  if (fps) parts.push(`${fps < 10 ? fps.toFixed(1) : Math.round(fps)} frames/s`);
  if (eta_s !== null && eta_s !== undefined) parts.push(`about ${duration(eta_s)} left`);
  return parts.join(" · ");
}

/** When a video is deleted; limited to the configured time, since the visitor's clock may be wrong. */
export function expiryText(expires_s, now_s, expire_s) {
  const left = Math.min(expire_s, Math.max(0, expires_s - now_s));
  return left < 60 ? "Deletes automatically in less than a minute" : `Deletes automatically in ${duration(Math.round(left / 60) * 60)}`;
}

/** Whether the state of the job will change without the visitor. */
export function isActive(job) {
  return job.state === "uploading" || job.state === "queued" || job.state === "running";
}
