// What the page says about a film and its job. Pure.
import { duration, megabytes, percent } from "../shared/text.js";

/** Why a film is not sent at all, as a sentence, or null. */
export function filmRefusal(file, maxBytes) {
  if (file.size === 0) return "This file is empty. Choose another film.";
  if (file.size <= maxBytes) return null;
  return `This film has ${megabytes(file.size)}, and ${megabytes(maxBytes)} is the most. Cut it shorter or save it smaller.`;
}

/** Why a film is too long, as a sentence, or null; a length that nobody knows (null) is for the server to judge. */
export function lengthRefusal(length_s, max_s) {
  if (length_s === null || length_s < max_s + 1) return null;
  return `This film lasts ${duration(length_s)}, and ${duration(max_s)} is the most. Cut it shorter and send it again.`;
}

/** One line about how a job stands. */
export function jobLine(job) {
  if (job.state === "queued") return "Waiting for its turn";
  if (job.state === "running") return runningLine(job);
  if (job.state === "cancelled") return "Cancelled";
  if (job.state === "failed") return job.error?.message ?? "This film could not be worked on. Try another one.";
  if (!job.skipped_frames) return "Ready";
  return `Ready; ${job.skipped_frames === 1 ? "1 frame" : `${job.skipped_frames} frames`} could not be read`;
}

function runningLine({ progress, fps, eta_s }) {
  const parts = [percent(Math.min(progress ?? 0, 0.99))];
  if (fps) parts.push(`${fps < 10 ? fps.toFixed(1) : Math.round(fps)} frames/s`);
  if (eta_s !== null && eta_s !== undefined) parts.push(`about ${duration(eta_s)} left`);
  return parts.join(" · ");
}

/** When a film goes by itself; the span keeps a visitor's wrong clock from telling nonsense. */
export function expiryLine(expires_s, now_s, expire_s) {
  const left = Math.min(expire_s, Math.max(0, expires_s - now_s));
  return left < 60 ? "Deleted by itself in less than a minute" : `Deleted by itself in ${duration(Math.round(left / 60) * 60)}`;
}

/** Whether the job still changes by itself. */
export function isActive(job) {
  return job.state === "queued" || job.state === "running";
}
