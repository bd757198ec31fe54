/** Telegram's HTML subset, built element by element from an allow-list. Anything else in it is shown as the text it is. */

import { element } from "./dom.js";
import { appendLinked, link } from "./links.js";

const TAGS = {
  b: "strong", strong: "strong", i: "em", em: "em", u: "u", ins: "u", s: "s", strike: "s", del: "s",
  code: "code", pre: "pre", blockquote: "blockquote", a: "a", span: "span", "tg-spoiler": "span", "tg-emoji": "span",
};
const NAMED = { lt: "<", gt: ">", amp: "&", quot: '"' };
const TOKEN = /<(\/?)([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>|[^<]+|</gi;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot));/gi;

export function renderTelegram(parent, html) {
  const open = [{ tag: "", node: parent }];
  for (const [token, slash, name, attributes] of html.matchAll(TOKEN)) {
    const tag = name?.toLowerCase();
    if (!tag || !Object.hasOwn(TAGS, tag)) appendText(open, decode(token));
    else if (slash) close(open, tag);
    else push(open, tag, attributes);
  }
}

function push(open, tag, attributes) {
  const node = make(tag, attributes);
  open.at(-1).node.append(node);
  open.push({ tag, node });
}

function close(open, tag) {
  const at = open.findLastIndex((entry) => entry.tag === tag);
  if (at > 0) open.length = at;
}

function make(tag, attributes) {
  if (tag === "a") return link(decode(attribute(attributes, "href")));
  if (tag === "tg-spoiler" || (tag === "span" && attribute(attributes, "class") === "tg-spoiler")) return spoiler();
  return element(TAGS[tag]);
}

function spoiler() {
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    hidden.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) hidden.removeAttribute(name);
  };
  const hidden = element("span", {
    class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text: show it", onclick: show, onkeydown: show,
  });
  return hidden;
}

function attribute(source, name) {
  const hit = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "i").exec(source);
  return hit?.[1] ?? hit?.[2] ?? "";
}

function appendText(open, text) {
  const { node } = open.at(-1);
  const verbatim = open.some(({ tag }) => tag === "a" || tag === "code" || tag === "pre");
  // A quote or a block of code ends its own line: the line break after it would show as an empty one.
  const shown = node.lastChild?.nodeName.match(/^(BLOCKQUOTE|PRE)$/) ? text.replace(/^\n/, "") : text;
  if (verbatim) node.append(shown);
  else appendLinked(node, shown);
}

function decode(text) {
  return text.replace(ENTITY, (whole, decimal, hexadecimal, name) => {
    if (name) return NAMED[name.toLowerCase()];
    const code = decimal ? parseInt(decimal, 10) : parseInt(hexadecimal, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
