// Tables as CSV (RFC 4180). Pure.

/** Rows of cells as text, quoted where needed. @param {(string|number)[][]} rows */
export function csv(rows) {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
