/** WhatsApp's 24 hours: until when the business may write freely, and a way to let them pass in this simulator. */

import { byId } from "./dom.js";

const OPEN_FOR = 24 * 60 * 60 * 1000; // milliseconds from the person's last message
const SOON = 2 ** 31 - 1; // milliseconds; the longest that a timer can wait
const clock = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "numeric", minute: "2-digit" });

export class ServiceWindow {
  constructor(onPass) {
    this.timer = 0;
    byId("pass-day").addEventListener("click", onPass);
    this.clear();
  }

  clear() {
    clearTimeout(this.timer);
    byId("window").hidden = true;
  }

  /** `lastInbound`: ISO text, or nothing where there is no window, or nobody has written yet. */
  since(lastInbound) {
    this.clear();
    if (!lastInbound) return;
    const until = Date.parse(lastInbound) + OPEN_FOR;
    const left = until - Date.now();
    const isOpen = left > 0;
    byId("window").hidden = false;
    byId("window").classList.toggle("closed", !isOpen);
    byId("window-text").textContent = isOpen
      ? `The business may write freely until ${clock.format(until)}.`
      : "The 24-hour window is closed: the business can only send templates until you write.";
    byId("pass-day").hidden = !isOpen;
    if (isOpen) this.timer = setTimeout(() => this.since(lastInbound), Math.min(left + 500, SOON));
  }
}
