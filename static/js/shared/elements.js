// Parts of pages that scripts make, from <template> elements: text is set as text, never as markup.

/** A copy of a <template>'s only element, and its parts by their data-part. */
export function fromTemplate(id) {
  const root = document.getElementById(id).content.firstElementChild.cloneNode(true);
  const parts = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  return { root, parts };
}

/** A state's word and sign, as the server drew them into the page's templates. */
export function stateElement(state) {
  return document.getElementById(`state-${state}`).content.firstElementChild.cloneNode(true);
}
