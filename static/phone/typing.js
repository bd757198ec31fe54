/** Whether the other side is typing: until a moment, then no more, without anybody saying so. */

const LONGEST = 30_000; // milliseconds; the services' own limit is 25 s, and this browser's clock may be off

export class Typing {
  constructor(onChange) {
    this.onChange = onChange;
    this.active = false;
    this.timer = 0;
  }

  /** `moment`: ISO text, or null for now. */
  until(moment) {
    clearTimeout(this.timer);
    const left = moment ? Math.min(Date.parse(moment) - Date.now(), LONGEST) : 0;
    this.active = left > 0;
    if (this.active) this.timer = setTimeout(() => this.clear(), left);
    this.onChange();
  }

  clear() {
    clearTimeout(this.timer);
    const was = this.active;
    this.active = false;
    if (was) this.onChange();
  }
}
