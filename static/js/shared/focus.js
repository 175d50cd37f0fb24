// Where the focus goes when the element that has it disappears.

/**
 * Remove a card; if the focus was in it, it moves on to the same control of the next card, or to the fallback.
 * @param {HTMLElement} card @param {HTMLElement} fallback
 */
export function removeCard(card, fallback) {
  const hadFocus = card.contains(document.activeElement);
  const next = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  if (hadFocus) (next?.querySelector("[data-part=remove]") ?? fallback).focus();
}
