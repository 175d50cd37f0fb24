// The page's elements, settings and templates.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** The settings that the server writes into the data attributes of <main>, numbers as numbers. Inline scripts are not allowed. */
export function pageConfig(dataset = byId("main").dataset) {
  return Object.fromEntries(
    Object.entries(dataset).map(([name, text]) => [name, text !== "" && Number.isFinite(Number(text)) ? Number(text) : text]),
  );
}

/** A copy of the only element of a <template>, and its parts by their data-part. */
export function fromTemplate(id) {
  const root = byId(id).content.firstElementChild.cloneNode(true);
  const parts = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  return { root, parts };
}

/** The word and sign of a state, from the page's templates. */
export function stateElement(state) {
  return byId(`state-${state}`).content.firstElementChild.cloneNode(true);
}
