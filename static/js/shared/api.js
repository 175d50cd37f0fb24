// The server's REST answers; whatever goes wrong becomes an Error whose message is for people.

const UNREACHABLE = "The server cannot be reached. Check the connection and try again.";

/** A sentence for people; `passing` where the very same may work in a moment. */
export class AnswerError extends Error {
  constructor(text, status) {
    super(errorSentence(text, status));
    this.passing = status === 0 || status === 429 || status >= 500;
  }
}

/** Ask the server; returns the parsed JSON (null for an empty answer). */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AnswerError("", 0);
  }
  const text = await response.text();
  if (!response.ok) throw new AnswerError(text, response.status);
  return text ? JSON.parse(text) : null;
}

/** The sentence in an error answer, or one that fits its status. */
export function errorSentence(text, status) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    if (status === 0) return UNREACHABLE;
    if (status === 413) return "This file is too large. Choose a smaller one.";
    return `The server could not do this (${status}). Try again in a moment.`;
  }
}
