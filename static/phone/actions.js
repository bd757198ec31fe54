/** What one can do with a message: react, answer, forward, and, with one's own, change and take back. */

import { element } from "./dom.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "🙏"];

/** The button and its menu. `acts`: onReact(message, emoji), onReply, onForward, onEdit, onDelete (message). */
export function messageMenu(message, acts) {
  const own = message.direction === "in";
  const button = element("button", {
    type: "button", class: "more", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "Message actions",
  }, "⋯");
  const menu = element("div", { class: "menu", role: "menu", hidden: true, "aria-label": "Message actions" });
  const entry = (label, act, attributes = {}) => element("button", {
    type: "button", role: "menuitem", tabindex: "-1", onclick: () => { show(false); act(); }, ...attributes,
  }, label);
  if (!own) {
    const taken = message.reaction;
    menu.append(element("div", { class: "emoji", role: "none" }, ...EMOJI.map((emoji) =>
      entry(emoji, () => acts.onReact(message, emoji === taken ? "" : emoji), {
        "aria-label": emoji === taken ? `Take back ${emoji}` : `React with ${emoji}`, class: emoji === taken ? "taken" : "",
      }))));
  }
  menu.append(entry("Reply", () => acts.onReply(message)), entry("Forward to this chat", () => acts.onForward(message)));
  if (own && message.type === "text") menu.append(entry("Edit", () => acts.onEdit(message)));
  if (own) menu.append(entry("Delete", () => acts.onDelete(message)));

  function show(open) {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) keepInside(menu, menu.closest(".scroll"));
    if (open) menu.querySelector("button").focus({ preventScroll: true });
    else if (menu.contains(document.activeElement)) button.focus();
  }

  button.addEventListener("click", () => show(menu.hidden));
  menu.addEventListener("keydown", (event) => moveIn(menu, event, () => show(false)));
  const box = element("div", { class: "actions" }, button, menu);
  box.addEventListener("focusout", (event) => !box.contains(event.relatedTarget) && show(false));
  return box;
}

/** Move what opened so that nothing of it lies outside of the box. */
function keepInside(menu, box) {
  menu.style.translate = "";
  const [inner, outer] = [menu.getBoundingClientRect(), box.getBoundingClientRect()];
  const into = (from, to, least, most) => Math.max(least - from, 0) || Math.min(most - to, 0);
  const across = into(inner.left, inner.right, outer.left + 4, outer.right - 4);
  const along = into(inner.top, inner.bottom, outer.top + 4, outer.bottom - 4);
  menu.style.translate = `${across}px ${along}px`;
}

/** Arrows, Home and End move within a menu, Escape and Tab leave it. */
export function moveIn(menu, event, close) {
  const entries = [...menu.querySelectorAll('[role="menuitem"]')];
  const at = entries.indexOf(document.activeElement);
  const steps = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 };
  if (event.key === "Escape" || event.key === "Tab") {
    if (event.key === "Escape") event.stopPropagation();
    close();
  } else if (event.key in steps) {
    event.preventDefault();
    entries.at(steps[event.key] % entries.length).focus();
  }
}
