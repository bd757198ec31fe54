/** The line where one writes: Enter sends, Shift+Enter breaks the line. */

import { byId } from "./dom.js";

const MAX_TEXT = 4096; // characters; both services' limit for one text
const MAX_HEIGHT = 132; // pixels, about six lines

export class Composer {
  constructor({ onSend }) {
    this.onSend = onSend;
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
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const text = this.field.value.trim();
    if (!text || this.field.disabled) return;
    if (text.length > MAX_TEXT) {
      this.error.textContent = `One message takes at most ${MAX_TEXT} characters; this one has ${text.length}.`;
      return;
    }
    this.field.value = "";
    this.resize();
    this.field.focus();
    this.onSend(text);
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
