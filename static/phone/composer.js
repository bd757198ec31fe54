/** The line where one writes: Enter sends, Shift+Enter breaks the line. Above it what the message answers or brings. */

import { byId } from "./dom.js";
import { sizeLabel } from "./files.js";

const MAX_TEXT = 4096; // characters; both services' limit for one text
const MAX_HEIGHT = 132; // pixels, about six lines

export class Composer {
  /** `onSend(text, {replyTo, editing, file, kind})`: what stands above the line goes along. */
  constructor({ onSend }) {
    this.onSend = onSend;
    this.context = {};
    byId("context-close").addEventListener("click", () => {
      if (this.context.editing) this.fill("");
      this.setContext({});
      this.field.focus();
    });
    this.field = byId("text");
    this.error = byId("composer-error");
    this.field.addEventListener("input", () => this.resize());
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  onKey(event) {
    if (event.key === "Escape" && Object.keys(this.context).length) byId("context-close").click();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const text = this.field.value.trim();
    if ((!text && !this.context.file) || this.field.disabled) return;
    if (text.length > MAX_TEXT) {
      this.error.textContent = `One message takes at most ${MAX_TEXT} characters; this one has ${text.length}.`;
      return;
    }
    const { context } = this;
    this.setContext({});
    this.field.value = "";
    this.resize();
    this.field.focus();
    this.onSend(text, context);
  }

  reply(message, words) {
    this.setContext({ replyTo: message.id }, "Reply to", words);
    this.field.focus();
  }

  edit(message) {
    this.setContext({ editing: message }, "Edit", message.text);
    this.fill(message.text);
  }

  /** A file waits for its caption, and for being sent. */
  stage(file, kind) {
    const { replyTo } = this.context;
    this.setContext({ file, kind, ...(replyTo ? { replyTo } : {}) }, `Send ${kind}`, `${file.name}, ${sizeLabel(file.size)}`);
    this.field.focus();
  }

  setContext(context, label = "", words = "") {
    this.context = context;
    byId("context").hidden = !label;
    byId("context-label").textContent = label;
    byId("context-words").textContent = words;
    this.field.placeholder = context.file ? "Caption" : "Message";
  }

  problem(text) {
    this.error.textContent = text;
  }

  fill(text) {
    this.field.value = text;
    this.resize();
    this.field.focus();
  }

  setEnabled(enabled) {
    this.field.disabled = !enabled;
    byId("send").disabled = !enabled;
  }

  resize() {
    this.error.textContent = "";
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, MAX_HEIGHT)}px`;
  }
}
