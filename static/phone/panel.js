/** The panel: beside the phone where there is room, over it and behind a button where there is not. */

import { byId } from "./dom.js";

export function connectPanel() {
  const panel = byId("panel");
  const button = byId("open-panel");
  const phone = byId("phone");
  const narrow = window.matchMedia("(max-width: 819px)");
  let opener = button;

  function show(open) {
    const covers = open && narrow.matches;
    panel.classList.toggle("open", covers);
    button.setAttribute("aria-expanded", String(covers));
    phone.inert = covers;
  }

  function open(from, target) {
    opener = from;
    show(true);
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  }

  function close() {
    if (!panel.classList.contains("open")) return;
    show(false);
    opener.focus();
  }

  button.addEventListener("click", () => open(button, panel));
  byId("open-details").addEventListener("click", (event) => {
    byId("real-card").querySelector("details").open = true;
    open(event.currentTarget, byId("real-card"));
  });
  byId("close-panel").addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  narrow.addEventListener("change", () => show(false));
}
