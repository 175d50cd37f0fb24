// Files, however they come: chosen, dropped anywhere on the page, or pasted.

/**
 * Call back with the files of every choice, drop and paste.
 * @param {HTMLElement} zone holds an <input type=file>; carries `data-over` while something hovers
 * @param {(files: File[]) => void} receive
 */
export function receiveFiles(zone, receive) {
  const input = zone.querySelector("input[type=file]");
  const hand = (list) => list?.length && receive([...list]);
  input.addEventListener("change", () => {
    hand(input.files);
    input.value = "";
  });
  document.addEventListener("paste", (event) => hand(event.clipboardData?.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.dataset.over = "";
  });
  for (const type of ["dragleave", "drop", "dragend"]) {
    document.addEventListener(type, (event) => {
      if (type !== "dragleave" || event.relatedTarget === null) delete zone.dataset.over;
    });
  }
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    hand(event.dataTransfer?.files);
  });
}
