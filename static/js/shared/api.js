// Requests to the REST API; every failure is an Error whose message can be shown on the page.

const UNREACHABLE = "The server cannot be reached. Check the connection and try again.";

/** A failed request; `retryable` where the same request may succeed later. */
export class ApiError extends Error {
  constructor(body, status) {
    super(errorMessage(body, status));
    this.status = status;
    this.retryable = status === 0 || status === 429 || status >= 500;
  }
}

/** Send a request; returns the parsed JSON (null for an empty body). @throws {ApiError} */
export async function requestJson(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("", 0);
  }
  const body = await response.text();
  if (!response.ok) throw new ApiError(body, response.status);
  return body ? JSON.parse(body) : null;
}

/** The message in the body of an error response, or a message for its status (0: no response). */
export function errorMessage(body, status) {
  try {
    return JSON.parse(body).error.message;
  } catch {
    if (status === 0) return UNREACHABLE;
    if (status === 413) return "This file is too large. Choose a smaller one.";
    return `The server could not process this request (${status}). Try again in a moment.`;
  }
}
