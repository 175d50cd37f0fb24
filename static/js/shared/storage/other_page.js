// A file that belongs to another page is offered to it.
import { handOver } from "./handover.js";

/** Whether a file is a picture or a video, by its type or name: "image", "video" or "other". Pure. */
export function kindOf({ type, name }) {
  const [kind] = type.split("/");
  if (kind === "image" || kind === "video") return kind;
  if (/\.(heic|heif|avif|jpe?g|png|webp|gif|bmp)$/i.test(name)) return "image";
  return /\.(mp4|m4v|mov|mkv|webm|avi)$/i.test(name) ? "video" : "other";
}

/**
 * Offers files of another kind to the page that takes them.
 * @param {File[]} files @param {string} kind that the other page takes
 * @param {{notice: HTMLElement|null, link: HTMLAnchorElement|null}} elements null on a site without the other page; a notice with a sentence (data-part="text") and a link to the other page
 * @returns {File[]} the files that stay on this page
 */
export function offerToOtherPage(files, kind, { notice, link }) {
  if (!notice) return files;
  const others = files.filter((file) => kindOf(file) === kind);
  notice.hidden = others.length === 0;
  if (others.length === 0) return files;
  const what = kind === "image" ? ["a photo", "photos"] : ["a video", "videos"];
  notice.querySelector("[data-part=text]").textContent = others.length === 1 ? `“${others[0].name}” is ${what[0]}.` : `${others.length} of these files are ${what[1]}.`;
  link.onclick = async (event) => {
    event.preventDefault();
    await handOver(others).catch(() => {});
    location.assign(link.href);
  };
  return files.filter((file) => !others.includes(file));
}
