/** What a message holds beside its text: pictures, sound, files, places, cards, and things to press. */

import { element, hiddenText } from "./dom.js";
import { sizeLabel } from "./files.js";
import { link } from "./links.js";

export const KINDS = {
  image: "🖼 Photo", photo: "🖼 Photo", video: "🎞 Video", audio: "🎵 Audio", voice: "🎤 Voice message",
  document: "📄 Document", sticker: "🙂 Sticker", location: "📍 Location", venue: "📍 Place", contact: "👤 Contact",
  contacts: "👤 Contact", template: "📋 Template", order: "🛒 Order", system: "ℹ️ New phone number",
  unsupported: "❔ Something that WhatsApp does not pass on",
};
const SILENT = new Set(["text", "draft", "interactive", "button"]);
const PICTURES = new Set(["image", "photo", "sticker"]);

export const labelOf = (message) => (message.voice ? KINDS.voice : KINDS[message.type] ?? `“${message.type}” message`);

/** The parts above the text, in order. */
export function* above(message, view) {
  if (message.forwarded) yield element("p", { class: "kind" }, "↪ Forwarded");
  const { media, location, contacts } = message;
  if (media?.id && view.fileUrl) yield file(message, view.fileUrl(media.id));
  else if (media?.link) yield element("p", { class: "kind" }, labelOf(message), ": ", link(media.link, media.link));
  else if (location) yield place(location);
  else if (contacts) for (const contact of contacts) yield card(contact);
  else if (!SILENT.has(message.type)) yield element("p", { class: "kind" }, labelOf(message));
}

function file(message, url) {
  const { media, type } = message;
  const what = media.mime_type ?? "";
  if (PICTURES.has(type)) return picture(message, url);
  if (type === "video" && what.startsWith("video/")) return player("video", message, url);
  if ((type === "audio" || type === "voice") && what.startsWith("audio/")) return player("audio", message, url);
  const name = media.name || labelOf(message);
  return element("a", { class: "file", href: url, download: media.name || "" },
    element("span", { class: "file-icon", "aria-hidden": "true" }, ending(name)),
    element("span", { class: "file-text" }, element("strong", {}, name),
      element("small", {}, [sizeLabel(media.size), what].filter(Boolean).join(" · "))),
    hiddenText("Download"));
}

const ending = (name) => (/\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? "file").toUpperCase();

function picture(message, url) {
  const alt = message.text ? `${labelOf(message)}: ${message.text}` : labelOf(message);
  const image = element("img", { class: message.type === "sticker" ? "sticker-image" : "photo", src: url, alt, loading: "lazy" });
  image.addEventListener("error", () => {
    image.replaceWith(element("p", { class: "kind" }, `${labelOf(message)} (cannot be shown)`));
  }, { once: true });
  return message.type === "sticker" ? image : element("a", { class: "photo-link", href: url, target: "_blank", rel: "noopener" }, image);
}

function player(tag, message, url) {
  return element("div", { class: "player" },
    element("p", { class: "kind" }, labelOf(message)),
    element(tag, { controls: true, preload: "metadata", src: url, "aria-label": labelOf(message) }));
}

function place({ latitude, longitude, name, address }) {
  return element("div", { class: "place" },
    element("span", { class: "file-icon", "aria-hidden": "true" }, "📍"),
    element("span", { class: "file-text" }, element("strong", {}, name || "Location"),
      element("small", {}, [address, `${latitude}, ${longitude}`].filter(Boolean).join(" · "))));
}

function card({ name, phone }) {
  return element("div", { class: "place" },
    element("span", { class: "file-icon", "aria-hidden": "true" }, "👤"),
    element("span", { class: "file-text" }, element("strong", {}, name || "Contact"), element("small", {}, phone || "")));
}

/** A plain word where the messenger would show a picture of the page behind the first link. */
export function preview({ text }) {
  const address = /https?:\/\/([^\s/]+)/.exec(text)?.[1] ?? "the link";
  return element("p", { class: "kind preview" }, `Link preview: ${address}`);
}

/** Buttons under a message, or what opens its list; null where there are none. */
export function choices(message, onPress) {
  if (message.rows?.length) return list(message, onPress);
  if (!message.buttons?.length) return null;
  const made = message.buttons.map((button) => {
    const label = button.title ?? button.text;
    if (button.url) return link(button.url, label);
    return element("button", { type: "button", class: "press", onclick: () => onPress(message, button) }, label);
  });
  return element("div", { class: "choices-below", role: "group", "aria-label": "Buttons" }, ...made);
}

function list(message, onPress) {
  const close = () => {
    rows.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  };
  const rows = element("ul", { class: "rows", hidden: true }, ...message.rows.map((row) =>
    element("li", {}, element("button", { type: "button", class: "row", onclick: () => { close(); onPress(message, row); } },
      row.title, row.description ? element("small", {}, row.description) : null))));
  rows.addEventListener("keydown", (event) => event.key === "Escape" && close());
  const opener = element("button", {
    type: "button", class: "press", "aria-expanded": "false", onclick: () => {
      rows.hidden = !rows.hidden;
      opener.setAttribute("aria-expanded", String(!rows.hidden));
      if (!rows.hidden) rows.querySelector("button").focus();
    },
  }, `☰ ${message.button || "Options"}`);
  return element("div", { class: "choices-below" }, opener, rows);
}
