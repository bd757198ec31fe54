/** Everything that can be sent besides text: the menu beside the line, its two little forms, and files dropped in. */

import { moveIn } from "./actions.js";
import { byId } from "./dom.js";
import { kindOf, MAX_BYTES, sizeLabel } from "./files.js";

const ACCEPT = {
  photo: "image/jpeg,image/png", document: "", voice: "audio/*,.ogg,.opus", sticker: "image/webp", video: "video/mp4",
};

/** `on`: file(file, kind), location({…}), contact({…}), problem(text), and `acts` by the name of their entry. */
export class Attach {
  constructor(on) {
    this.on = on;
    this.kind = "document";
    this.button = byId("attach");
    this.menu = byId("attach-menu");
    this.input = byId("attach-file");
    this.button.addEventListener("click", () => this.show(this.menu.hidden));
    this.menu.addEventListener("keydown", (event) => moveIn(this.menu, event, () => this.show(false)));
    this.menu.addEventListener("click", (event) => this.choose(event.target.closest("[data-attach]")?.dataset.attach));
    byId("composer").addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.menu.contains(relatedTarget) && relatedTarget !== this.button) this.show(false);
    });
    this.input.addEventListener("change", () => {
      for (const file of this.input.files) this.take(file, this.kind);
      this.input.value = "";
    });
    this.connectForm("location-form", (fields) => this.takeLocation(fields));
    this.connectForm("contact-form", (fields) => this.takeContact(fields));
    this.connectDrop(byId("phone"));
  }

  show(open) {
    if (open === !this.menu.hidden) return;
    this.menu.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector('[role="menuitem"]').focus();
    else if (this.menu.contains(document.activeElement)) this.button.focus();
  }

  setEnabled(enabled) {
    this.button.disabled = !enabled;
  }

  choose(what) {
    if (!what) return;
    this.show(false);
    if (what === "location" || what === "contact") byId(`${what}-dialog`).showModal();
    else if (what in this.on.acts) this.on.acts[what]();
    else {
      this.kind = what;
      this.input.accept = ACCEPT[what];
      this.input.click();
    }
  }

  take(file, kind) {
    if (file.size > MAX_BYTES) this.on.problem(`${file.name} has ${sizeLabel(file.size)}; this page sends up to 25 MB.`);
    else if (!file.size) this.on.problem(`${file.name} is empty.`);
    else this.on.file(file, kind);
  }

  connectForm(id, take) {
    const form = byId(id);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (take(Object.fromEntries(new FormData(form)))) form.closest("dialog").close();
    });
    form.querySelector("[data-close]").addEventListener("click", () => form.closest("dialog").close());
  }

  takeLocation({ latitude, longitude, name }) {
    const place = { latitude: Number(latitude), longitude: Number(longitude), name: name.trim() };
    this.on.location(place);
    return true;
  }

  takeContact({ name, phone }) {
    this.on.contact({ name: name.trim(), phone: phone.trim() });
    return true;
  }

  connectDrop(target) {
    const over = (shown) => target.classList.toggle("dropping", shown);
    target.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files") || this.button.disabled) return;
      event.preventDefault();
      over(true);
    });
    target.addEventListener("dragleave", (event) => !target.contains(event.relatedTarget) && over(false));
    target.addEventListener("drop", (event) => {
      over(false);
      if (!event.dataTransfer.files.length || this.button.disabled) return;
      event.preventDefault();
      for (const file of event.dataTransfer.files) this.take(file, kindOf(file));
    });
  }
}
