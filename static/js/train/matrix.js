// The confusion matrix, whose cells open their pictures.
import { cellText, isRight, matrixText } from "./training_text.js";

const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

/**
 * Fill a table; a click on a cell shows its pictures.
 * @param {object} table of a report: rows, columns, cells
 * @param {Record<string, HTMLElement>} parts matrix, cell, cellTitle, thumbnails
 * @param {(number: number) => string} pictureUrl
 */
export function fillMatrix(table, { matrix, cell, cellTitle, thumbnails }, pictureUrl) {
  const head = element("tr");
  head.append(element("td"), ...table.columns.map((name) => element("th", matrixText(name), { scope: "col" })));
  const thead = element("thead");
  thead.append(head);
  const body = element("tbody");
  table.cells.forEach((row, i) => {
    const line = element("tr");
    line.append(element("th", matrixText(table.rows[i]), { scope: "row" }));
    row.forEach((numbers, j) => {
      const field = element("td");
      if (isRight(table, i, j)) field.dataset.right = "";
      if (numbers.length) field.append(button(i, j, numbers));
      else field.append(element("span", "0", { class: "none" }));
      line.append(field);
    });
    body.append(line);
  });
  matrix.replaceChildren(element("caption", "Rows: what you labelled. Columns: what the model says. Choose a number to see its pictures."), thead, body);

  function button(i, j, numbers) {
    const opener = element("button", String(numbers.length), { type: "button", "aria-label": cellText(table, i, j), "aria-pressed": "false" });
    opener.addEventListener("click", () => {
      const shown = opener.getAttribute("aria-pressed") === "true";
      for (const other of matrix.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === opener && !shown));
      cell.hidden = shown;
      cellTitle.textContent = cellText(table, i, j);
      thumbnails.replaceChildren(...(shown ? [] : numbers.map((number) => element("img", undefined, { src: pictureUrl(number), alt: `Test picture ${number}`, loading: "lazy" }))));
      if (!shown) cell.focus();
    });
    return opener;
  }
}
