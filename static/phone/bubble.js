/** One message as its messenger draws it. */

import { messageMenu } from "./actions.js";
import { above, choices, labelOf, preview } from "./content.js";
import { element, hiddenText, icon } from "./dom.js";
import { renderTelegram } from "./format_telegram.js";
import { renderWhatsApp } from "./format_whatsapp.js";
import { appendLinked } from "./links.js";

const EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|\p{Emoji_Modifier})*\s*){1,3}$/u;
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

/** The messenger's own ticks: Telegram has one for sent and two for read, WhatsApp two grey ones between. */
const TICKS = {
  whatsapp: {
    pending: ["clock", "Sending"], sent: ["check", "Sent"], delivered: ["checks", "Delivered"],
    read: ["checks", "Read"], failed: ["alert", "Not delivered"],
  },
  telegram: {
    pending: ["clock", "Sending"], sent: ["check", "Sent"], delivered: ["check", "Sent"],
    read: ["checks", "Read"], failed: ["alert", "Not delivered"],
  },
};

/**
 * `view` says what the message alone does not know: `service`, `speaker` (who wrote it), `first` and `last` of its run,
 * `quoted` (the message it answers, or null), `fileUrl(id)`, `onRetry(message)`, `onPress(message, choice)`, `onJump(id)`
 * and what the menu of a message does (actions.js).
 */
export function bubble(message, view) {
  const own = message.direction === "in";
  const classes = ["message", own ? "own" : "theirs", view.first && "first", view.last && "last"];
  const box = element("div", { class: "bubble" }, hiddenText(`${own ? "You" : view.speaker}: `));
  if (message.reply_to) box.append(quote(view));
  box.append(body(message, view));
  if (message.type !== "draft") box.append(meta(message, view.service));
  const lives = message.type !== "draft" && message.type !== "deleted" && !message.local && message.status !== "failed";
  if (message.reaction) box.append(element("span", { class: "reaction" }, hiddenText("Reaction: "), message.reaction));
  const item = element("li", { class: classes.filter(Boolean).join(" "), "data-status": message.status }, box);
  const offered = lives ? choices(message, view.onPress) : null;
  if (offered) item.append(offered);
  if (lives) item.append(messageMenu(message, view));
  if (message.type === "draft") item.classList.add("draft");
  if (message.reaction) item.classList.add("reacted");
  if (message.status === "failed") item.append(own ? failure(message, view) : undelivered(message));
  return item;
}

/** The message has got further on its way: nothing else of it changes. */
export function updateTick(node, message, service) {
  if (node.dataset.status === message.status) return;
  node.dataset.status = message.status;
  node.querySelector(".meta")?.replaceWith(meta(message, service));
}

function body(message, view) {
  const { service } = view;
  const content = element("div", { class: "body" });
  if (message.type === "deleted") {
    content.append(element("p", { class: "kind" }, "This message was deleted"));
  } else {
    content.append(...above(message, view));
    appendText(content, message);
    if (message.preview) content.append(preview(message));
  }
  if (message.type === "text" && EMOJI.test(message.text)) content.classList.add("jumbo");
  // Room for the time at the end of the last line: the same time, unseen, as wide as the real one.
  const last = content.lastElementChild?.matches("p") ? content.lastElementChild : content;
  last.append(element("span", { class: "room", "aria-hidden": "true" }, ...metaParts(message, service, false).filter(Boolean)));
  return content;
}

function appendText(content, message) {
  const text = message.text ?? "";
  if (!text) return;
  if (message.format === "html") {
    const paragraph = element("p");
    renderTelegram(paragraph, message.entities_html ?? text);
    content.append(paragraph);
  } else if (message.format === "whatsapp") {
    renderWhatsApp(content, text);
  } else {
    const paragraph = element("p");
    appendLinked(paragraph, text);
    content.append(paragraph);
  }
}

function meta(message, service) {
  return element("div", { class: "meta" }, ...metaParts(message, service, true).filter(Boolean));
}

function metaParts(message, service, spoken) {
  const at = new Date(message.at);
  const edited = message.edited ? element("span", {}, "edited") : null;
  const time = element("time", spoken ? { datetime: message.at, title: at.toLocaleString() } : {}, clock.format(at));
  if (message.direction !== "in") return [edited, time];
  const [name, label] = TICKS[service][message.status] ?? TICKS[service].sent;
  const tick = icon(name, spoken ? label : null);
  tick.classList.add("tick", `tick-${message.status}`);
  return [edited, time, tick];
}

function quote({ quoted, speaker, onJump }) {
  if (!quoted) return element("div", { class: "quoted" }, element("span", {}, "An earlier message"));
  const name = quoted.direction === "in" ? "You" : speaker;
  const jump = () => onJump(quoted.id);
  return element("button", { type: "button", class: "quoted", onclick: jump },
    hiddenText("In reply to "), element("strong", {}, name),
    element("span", {}, quoted.text || labelOf(quoted)));
}

/** What the service took from the business and then did not bring to this phone: shown, but not as if it had come. */
function undelivered({ error }) {
  const reason = error?.title ? `: ${error.title} (${error.code})` : "";
  return element("p", { class: "failure" }, `Did not reach the phone${reason}`);
}

function failure(message, { onRetry }) {
  return element("p", { class: "failure" },
    element("span", {}, message.error_text || "Not delivered."),
    element("button", { type: "button", class: "link", onclick: () => onRetry(message) }, "Try again"));
}
