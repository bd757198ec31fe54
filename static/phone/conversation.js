/** The list of messages: kept in order, drawn with as few changes as can be, and scrolled as a reader expects. */

import { bubble, updateTick } from "./bubble.js";
import { element } from "./dom.js";

const RANK = { pending: 0, sent: 1, failed: 2, delivered: 3, read: 4 };
const NEAR_BOTTOM = 80; // pixels
const MINUTE = 60_000;
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

export class Conversation {
  /** `parts`: the elements `scroll`, `list`, `jump`, `jumpCount`. `acts`: what can be done with a message (bubble.js). */
  constructor(parts, acts) {
    Object.assign(this, parts);
    this.acts = acts;
    this.drawn = new Map(); // key → {signature, node}
    this.clear({ service: "whatsapp", speaker: "" });
    this.scroll.addEventListener("scroll", () => {
      this.sticky = this.atBottom();
      this.countUnread(this.sticky ? 0 : this.unread);
    });
    this.jump.addEventListener("click", () => {
      this.toBottom();
      this.scroll.focus({ preventScroll: true }); // the button goes away, and must not take the focus with it
    });
    const grown = new ResizeObserver(() => this.sticky && this.toBottom());
    grown.observe(this.scroll);
    grown.observe(this.list); // pictures come after their messages
  }

  /** Start with another chat. */
  clear({ service, speaker, fileUrl }) {
    Object.assign(this, { service, speaker, fileUrl, messages: new Map(), draft: "", unread: 0, sticky: true });
    this.drawn.clear();
    this.list.replaceChildren();
    this.countUnread(0);
  }

  get isEmpty() {
    return this.messages.size === 0 && !this.draft;
  }

  /** What the simulator holds now; messages still on their way out stay. */
  replaceAll(messages) {
    const before = this.messages;
    this.messages = new Map();
    for (const message of before.values()) if (message.local) this.messages.set(message.id, message);
    for (const message of messages) this.put({ ...message, status: later(before.get(message.id), message) });
    this.draw();
  }

  /** A new or edited message. */
  upsert(message) {
    const known = this.messages.get(message.id);
    this.put({ ...message, status: later(known, message) });
    if (message.direction === "out") this.draft = "";
    const isNews = !known && message.direction === "out" && !this.sticky;
    this.draw();
    if (isNews) this.countUnread(this.unread + 1);
  }

  put(message) {
    if (message.direction === "in" && !this.messages.has(message.id)) this.dropLocalTwin(message);
    this.messages.set(message.id, message);
  }

  /** The simulator told of a message before its own answer to our call came. */
  dropLocalTwin({ text, type: shown }) {
    for (const { id, local, status, text: written, type } of this.messages.values()) {
      if (local && status === "pending" && written === text && type === shown) {
        this.messages.delete(id);
        return;
      }
    }
  }

  setStatus(id, status, error) {
    const message = this.messages.get(id);
    if (!message) return;
    if (error) message.error = error;
    message.status = later(message, { status });
    this.draw();
  }

  setDraft(text) {
    this.draft = text ?? "";
    this.draw();
  }

  /** A message on its way out, sent as `body`; the id under which it is kept until the simulator gives it one. */
  addLocal({ type, text, format, reply_to, body }) {
    const id = `local-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    const at = new Date().toISOString();
    const message = { id, local: true, direction: "in", type, text, format, at, status: "pending", reply_to };
    Object.defineProperty(message, "body", { value: body }); // not shown, and so not part of what is compared
    this.messages.set(id, message);
    this.sticky = true;
    this.draw();
    return id;
  }

  settleLocal(id, knownId) {
    const message = this.messages.get(id);
    if (!message) return;
    this.messages.delete(id);
    if (!this.messages.has(knownId)) this.messages.set(knownId, { ...message, id: knownId });
    this.draw();
  }

  failLocal(id, reason) {
    const message = this.messages.get(id);
    if (!message) return;
    Object.assign(message, { status: "failed", error_text: `Not sent: ${reason}` });
    this.draw();
  }

  remove(id) {
    this.messages.delete(id);
    this.draw();
  }

  atBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
  }

  toBottom() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.sticky = true;
    this.countUnread(0);
  }

  countUnread(count) {
    this.unread = count;
    this.jump.hidden = this.atBottom() && count === 0;
    this.jumpCount.textContent = count ? `${count} new` : "";
  }

  draw() {
    const wanted = this.items();
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, { node }] of this.drawn) {
      if (keys.has(key)) continue;
      node.remove();
      this.drawn.delete(key);
    }
    let previous = null;
    for (const item of wanted) {
      const node = this.nodeOf(item);
      const expected = previous ? previous.nextSibling : this.list.firstChild;
      if (node !== expected) this.list.insertBefore(node, expected);
      previous = node;
    }
    if (this.sticky) this.toBottom();
  }

  /** The node of an item, made anew only where what it shows has changed: selection, focus and speech stay calm. */
  nodeOf({ key, make, shows, update }) {
    const signature = JSON.stringify(shows);
    const old = this.drawn.get(key);
    if (old?.signature === signature) {
      update?.(old.node); // what is open or has the focus in it stays so
      return old.node;
    }
    const node = make();
    node.dataset.key = key;
    old?.node.replaceWith(node);
    this.drawn.set(key, { signature, node });
    return node;
  }

  items() {
    const messages = [...this.messages.values()].sort(byTime);
    if (this.draft) messages.push(draftMessage(this.draft));
    const items = [];
    messages.forEach((message, index) => {
      const before = messages[index - 1];
      const opensDay = !before || dayOf(before) !== dayOf(message);
      if (opensDay) items.push(dayItem(message));
      items.push(this.messageItem(message, {
        first: opensDay || !sameRun(before, message),
        last: !sameRun(message, messages[index + 1]),
      }));
    });
    return items;
  }

  messageItem(message, run) {
    const answered = this.messages.get(message.reply_to);
    const quoted = answered ? { ...answered, status: "" } : null; // how far it got is not shown in a quote
    const view = { ...run, quoted, service: this.service, speaker: this.speaker };
    const actions = { ...this.acts, fileUrl: this.fileUrl, onJump: (id) => this.jumpTo(id) };
    return {
      key: message.id,
      shows: [{ ...message, status: message.status === "failed" }, view],
      make: () => bubble(message, { ...view, ...actions }),
      update: (node) => updateTick(node, message, this.service),
    };
  }

  jumpTo(id) {
    const node = this.drawn.get(id)?.node;
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("flash");
    node?.addEventListener("animationend", () => node.classList.remove("flash"), { once: true });
  }
}

/** Statuses arrive in any order and only ever move forward. */
function later(known, { status }) {
  return known && (RANK[known.status] ?? 0) > (RANK[status] ?? 0) ? known.status : status;
}

/** By time; what is still on its way out comes last, whatever the two clocks say. */
function byTime(one, other) {
  return Number(one.local ?? false) - Number(other.local ?? false) || Date.parse(one.at) - Date.parse(other.at);
}

function sameRun(one, other) {
  return Boolean(one && other) && one.direction === other.direction && dayOf(one) === dayOf(other)
    && Math.abs(Date.parse(other.at) - Date.parse(one.at)) < 5 * MINUTE;
}

const dayOf = ({ at }) => new Date(at).toDateString();

function dayItem({ at }) {
  const label = dayLabel(new Date(at), new Date());
  const make = () => element("li", { class: "day" }, element("span", {}, label));
  return { key: `day-${dayOf({ at })}`, shows: label, make };
}

export function dayLabel(day, now) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const days = Math.round((midnight(now) - midnight(day)) / (24 * 60 * MINUTE));
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return days > 1 && days < 7 ? weekday.format(day) : date.format(day);
}

function draftMessage(text) {
  return {
    id: "draft", direction: "out", type: "draft", format: "plain", text, at: new Date().toISOString(), status: "pending",
  };
}
