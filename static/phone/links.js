/** Finding links in plain text, and refusing those that a chat must not open. */

import { element } from "./dom.js";

const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>"'`]+/iy;
const WORD = /[\p{L}\p{N}_]/u;
const ALLOWED = new Set(["http:", "https:", "mailto:", "tel:", "tg:"]);

/** The address that starts at `index`, without the punctuation that ends the sentence; "" where there is none. */
export function addressAt(text, index) {
  if (index > 0 && WORD.test(text[index - 1])) return "";
  ADDRESS.lastIndex = index;
  let found = ADDRESS.exec(text)?.[0] ?? "";
  for (;;) {
    const trimmed = found.replace(/[.,;:!?*_~…]+$/u, "");
    const unpaired = trimmed.endsWith(")") && trimmed.split(")").length > trimmed.split("(").length;
    const next = unpaired ? trimmed.slice(0, -1) : trimmed;
    if (next === found) return found.length > 8 ? found : "";
    found = next;
  }
}

/** A link that opens beside the simulator, or the bare text where its scheme is not for a chat to open. */
export function link(address, ...children) {
  const target = /^www\./i.test(address) ? `https://${address}` : address;
  let url = null;
  try {
    url = new URL(target);
  } catch {
    // Relative or broken: it would lead into the simulator itself, so it stays text.
  }
  if (!url || !ALLOWED.has(url.protocol)) return element("span", {}, ...children);
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

/** Append text with its links made clickable. */
export function appendLinked(parent, text) {
  let from = 0;
  const start = /https?:\/\/|www\./gi;
  for (let hit = start.exec(text); hit; hit = start.exec(text)) {
    const address = addressAt(text, hit.index);
    if (!address) continue;
    parent.append(text.slice(from, hit.index), link(address, address));
    from = hit.index + address.length;
    start.lastIndex = from;
  }
  parent.append(text.slice(from));
}
