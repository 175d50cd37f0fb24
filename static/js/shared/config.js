// What the server tells the page: data attributes of <main>, since the page's policy allows no inline script.

/** The data attributes of <main>, numbers as numbers. */
export function pageConfig(dataset = document.getElementById("main").dataset) {
  return Object.fromEntries(
    Object.entries(dataset).map(([name, text]) => [name, text !== "" && Number.isFinite(Number(text)) ? Number(text) : text]),
  );
}
