// Receives files that are chosen, dropped anywhere on the page, or pasted.

/**
 * Call back with the files of every choice, drop and paste.
 * @param {HTMLElement} zone holds an <input type=file>; has the attribute `data-over` while files are dragged over the page
 * @param {(files: File[]) => void} onFiles
 */
export function receiveFiles(zone, onFiles) {
  const input = zone.querySelector("input[type=file]");
  const receive = (list) => list?.length && onFiles([...list]);
  input.addEventListener("change", () => {
    receive(input.files);
    input.value = "";
  });
  document.addEventListener("paste", (event) => receive(event.clipboardData?.files));
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
    receive(event.dataTransfer?.files);
  });
}
