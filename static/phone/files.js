/** Files that a person picks or drops: what they are sent as, and how their size reads. */

export const MAX_BYTES = 25 * 1024 * 1024; // what this page takes; the services' own limits come with their answers
const UNITS = ["bytes", "KB", "MB", "GB"];

/** photo, sticker, voice, audio, video or document, as a messenger would send it. */
export function kindOf({ type, name }) {
  if (type === "image/jpeg" || type === "image/png") return "photo";
  if (type === "image/webp") return "sticker";
  if (type.startsWith("audio/ogg") || /\.(ogg|oga|opus)$/i.test(name)) return "voice";
  if (type.startsWith("audio/")) return "audio";
  if (type === "video/mp4") return "video";
  return "document";
}

/** As the simulators take it: {mime_type, base64, name}. */
export async function mediaOf(file, kind) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  const voice = kind === "voice" ? "audio/ogg; codecs=opus" : "";
  return { mime_type: voice || file.type || "application/octet-stream", base64: btoa(binary), name: file.name ?? "" };
}

export function sizeLabel(bytes) {
  if (!Number.isFinite(bytes)) return "";
  let unit = 0;
  let size = bytes;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit && size < 10 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}
