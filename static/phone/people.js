/** Who writes: the demo's people and someone else, kept in this browser. */

import { byId, element, initials } from "./dom.js";

const KEPT = "proxystaff-phone";
const PEOPLE = [
  { key: "olivia", name: "Olivia", role: "owner", phone: "15550100001", telegram: 700001 },
  { key: "carlos", name: "Carlos", role: "customer", phone: "15550100002", telegram: 700002 },
];
const SOMEONE = { key: "someone", name: "Ana López", role: "", phone: "15550100003", telegram: 15550100003 };
const HELLO = {
  owner: ["Hello!", "What time is it?", "What can you do for me?"],
  customer: ["Hi! Are you open tomorrow?", "¿Hablan español?"],
};

/** What this browser remembers of the last visit; {} where it keeps nothing. */
export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export function remember(changes) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...remembered(), ...changes }));
  } catch {
    // Private windows may refuse storage; the phone works without.
  }
}

export const chatIdOf = (person, service) => (service === "whatsapp" ? person.phone : String(person.telegram));
export const suggestionsFor = (person) => HELLO[person.role] ?? HELLO.customer;

/** The sender as the service's simulator wants it. */
export function senderOf(person, service) {
  return service === "whatsapp"
    ? { phone: person.phone, name: person.name }
    : { id: person.telegram, first_name: person.name };
}

/** Someone else, from what was typed; throws an Error that says what to change. */
export function someoneFrom(name, number) {
  const digits = number.replace(/[\s().+-]/g, "");
  if (!name.trim()) throw new Error("Give the person a name.");
  if (!/^\d+$/.test(digits)) throw new Error("Use digits only, with the country code: 15550100003.");
  if (digits.length < 5 || digits.length > 15) throw new Error("Use 5 to 15 digits, with the country code.");
  if (digits.startsWith("0")) throw new Error("Start with the country code, not with 0.");
  return { key: "someone", name: name.trim(), role: "", phone: digits, telegram: Number(digits) };
}

/** The picker in the panel; `onChange(person)` is called when another person is chosen. */
export class PeoplePicker {
  constructor(onChange) {
    this.onChange = onChange;
    const { someone, person } = remembered();
    this.someone = someone ?? SOMEONE;
    this.person = [...PEOPLE, this.someone].find((known) => known.key === person) ?? PEOPLE[0];
    byId("someone-name").value = this.someone.name;
    byId("someone-number").value = this.someone.phone;
    byId("someone").addEventListener("submit", (event) => this.takeSomeone(event));
    byId("people").append(...PEOPLE.map((known) => this.option(known.key, known.name, known.role)),
      this.option("someone", "Someone else…", "a name and number of your own"));
    byId("someone").hidden = this.person.key !== "someone";
  }

  option(key, name, hint) {
    const input = element("input", { type: "radio", name: "person", value: key, checked: this.person.key === key });
    input.addEventListener("change", () => this.choose(key));
    const face = element("span", { class: `avatar small is-${key}`, "aria-hidden": "true" },
      key === "someone" ? "+" : initials(name));
    return element("label", { class: "choice" }, input, face,
      element("span", { class: "choice-text" }, name, element("small", {}, hint)));
  }

  choose(key) {
    byId("someone").hidden = key !== "someone";
    this.use(key === "someone" ? this.someone : PEOPLE.find((known) => known.key === key));
  }

  takeSomeone(event) {
    event.preventDefault();
    const error = byId("someone-error");
    try {
      this.someone = someoneFrom(byId("someone-name").value, byId("someone-number").value);
      error.textContent = "";
      remember({ someone: this.someone });
      this.use(this.someone);
    } catch (problem) {
      error.textContent = problem.message;
    }
  }

  use(person) {
    this.person = person;
    remember({ person: person.key });
    this.onChange(person);
  }
}
