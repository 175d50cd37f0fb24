// What a visitor chose, kept in this browser for the next visit.

const PREFIX = "mask-mirror.";

/** A value kept earlier, or the fallback: nothing kept, of another type, or a browser that keeps nothing. */
export function remembered(name, fallback, storage) {
  try {
    const value = JSON.parse((storage ?? localStorage).getItem(PREFIX + name));
    return typeof value === typeof fallback && value !== null ? value : fallback;
  } catch {
    return fallback;
  }
}

/** Keep a value, if the browser keeps any. */
export function remember(name, value, storage) {
  try {
    (storage ?? localStorage).setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage is full or blocked: the choice then lasts as long as the page.
  }
}
