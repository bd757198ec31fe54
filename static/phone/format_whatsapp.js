/** WhatsApp's marks as it shows them: *bold* _italic_ ~strike~ ```mono``` `code`, lists and quotes. */

import { element } from "./dom.js";
import { addressAt, link } from "./links.js";

const MARKS = { "*": "strong", "_": "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const FENCE = /```([\s\S]+?)```/g;
const BLOCKS = [
  { kind: "blockquote", pattern: /^> ?(.*)$/ },
  { kind: "ul", pattern: /^[-*] (.+)$/ },
  { kind: "ol", pattern: /^(\d{1,3})\. (.+)$/ },
];

export function renderWhatsApp(parent, text) {
  let from = 0;
  for (const fence of text.matchAll(FENCE)) {
    appendLines(parent, text.slice(from, fence.index));
    parent.append(element("pre", {}, fence[1].replace(/^\n|\n$/g, "")));
    from = fence.index + fence[0].length;
  }
  appendLines(parent, text.slice(from));
}

function appendLines(parent, text) {
  let block = { kind: "", lines: [] };
  const flush = (next) => {
    appendBlock(parent, block);
    block = next;
  };
  for (const line of text.split("\n")) {
    const found = blockOf(line);
    if (found.kind !== block.kind) flush({ kind: found.kind, start: found.start, lines: [] });
    block.lines.push(found.text);
  }
  flush(null);
}

function blockOf(line) {
  for (const { kind, pattern } of BLOCKS) {
    const hit = pattern.exec(line);
    if (hit) return { kind, text: hit[hit.length - 1], start: kind === "ol" ? hit[1] : null };
  }
  return { kind: "", text: line, start: null };
}

function appendBlock(parent, { kind, lines, start }) {
  if (kind === "ul" || kind === "ol") {
    const list = element(kind, { start: kind === "ol" ? start : null });
    for (const line of lines) list.append(withInline(element("li"), line));
    parent.append(list);
    return;
  }
  // Blank lines next to a list or a quote would double its margin.
  const text = lines.join("\n").replace(/^\n+|\n+$/g, "");
  if (text.trim()) parent.append(withInline(element(kind || "p"), text));
}

function withInline(parent, text) {
  let plain = "";
  let index = 0;
  const flush = () => {
    parent.append(plain);
    plain = "";
  };
  while (index < text.length) {
    const piece = pieceAt(text, index);
    if (piece) {
      flush();
      parent.append(piece.node);
      index += piece.length;
    } else {
      plain += text[index];
      index += 1;
    }
  }
  flush();
  return parent;
}

/** The formatted piece that starts at `index`, with its length in the source; null where there is none. */
function pieceAt(text, index) {
  const char = text[index];
  if (char === "h" || char === "H" || char === "w" || char === "W") {
    const address = addressAt(text, index);
    return address ? { node: link(address, address), length: address.length } : null;
  }
  if (char === "`") {
    const end = text.indexOf("`", index + 1);
    const code = end > index + 1 ? text.slice(index + 1, end) : "";
    return code && !code.includes("\n") ? { node: element("code", {}, code), length: code.length + 2 } : null;
  }
  if (!(char in MARKS)) return null;
  const end = closing(text, index, char);
  if (end < 0) return null;
  return { node: withInline(element(MARKS[char]), text.slice(index + 1, end)), length: end - index + 1 };
}

/** Where the mark opened at `index` closes on its line; -1: it is just a character (2*3*4, snake_case, a lone ~). */
function closing(text, index, mark) {
  const next = text[index + 1];
  if ((index > 0 && WORD.test(text[index - 1])) || !next || /\s/.test(next) || next === mark) return -1;
  for (let at = index + 2; at < text.length && text[at] !== "\n"; at += 1) {
    if (text[at] === mark && !/\s/.test(text[at - 1]) && !WORD.test(text[at + 1] ?? "")) return at;
  }
  return -1;
}
