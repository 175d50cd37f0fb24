// The sample of a page: an astronaut with a drawn mask (static/samples/ORIGIN.md), as if the visitor had chosen the file.

/** Whenever the button is clicked, load the sample and pass it on. @param {HTMLButtonElement} button @param {(files: File[]) => void} onFiles */
export function offerSample(button, url, onFiles) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(String(response.status));
      const name = `sample.${url.split(".").pop()}`;
      onFiles([new File([await response.blob()], name, { type: response.headers.get("Content-Type") })]);
    } catch {
      button.textContent = "The sample cannot be loaded. Try again";
    } finally {
      button.disabled = false;
      button.focus({ preventScroll: true });
    }
  });
}
