/** Saying what is simulated here and what is real. */

import { byId, element } from "./dom.js";
import { link } from "./links.js";

const OWN = [
  ["Web", "receives the signed webhooks"],
  ["Database", "PostgreSQL keeps every message"],
  ["Queue", "Redis or Valkey wakes the workers"],
  ["Worker", "takes turns and sends the replies"],
  ["Code", "the product itself, nothing replaced"],
];
const REMOTE = [["whatsapp", "WhatsApp"], ["telegram", "Telegram"], ["claude", "Claude"]];
const VOICE = ["Voice notes", "nobody listens: a made-up text stands for what was said"];

export function showParts(parts) {
  const simulated = REMOTE.filter(([key]) => parts[key].simulated).map(([, label]) => label);
  const real = REMOTE.filter(([key]) => !parts[key].simulated).map(([, label]) => label);
  byId("banner-text").textContent = bannerText(simulated, real);
  byId("parts").replaceChildren(
    ...REMOTE.flatMap(([key, label]) => row(label, remoteHint(key, parts[key].simulated), parts[key].simulated)),
    ...(parts.transcriber?.simulated ? row(...VOICE, true) : []),
    ...OWN.flatMap(([label, hint]) => row(label, hint, false)),
  );
  byId("parts-details").replaceChildren(...details(parts));
}

function bannerText(simulated, real) {
  const verb = simulated.length === 1 ? "is" : "are";
  const first = simulated.length ? `${listed(simulated)} ${verb} simulated. ` : "";
  const rest = listed([...real, "database", "queue", "worker", "web and the product’s own code"]);
  return `${first}${rest[0].toUpperCase()}${rest.slice(1)} are real.`;
}

function listed(words) {
  if (words.length < 2) return words.join("");
  const last = words.at(-1);
  if (last.includes(" and ")) return words.join(", ");
  return `${words.slice(0, -1).join(", ")} and ${last}`;
}

function remoteHint(key, simulated) {
  if (key === "claude") return simulated ? "a small rule-based stand-in answers" : "the real model answers, and is billed";
  return simulated ? "a double on this machine" : "not on this page: use your own phone";
}

function row(label, hint, simulated) {
  const badge = element("span", { class: `badge ${simulated ? "simulated" : "real"}` }, simulated ? "Simulated" : "Real");
  return [element("dt", {}, label, element("small", {}, hint)), element("dd", {}, badge)];
}

function details({ claude, web }) {
  const lines = [
    "What you send becomes a webhook, signed as the real service signs it. The web process checks and stores it; a"
      + " worker claims the turn, asks Claude, and sends the reply through the channel’s own HTTP calls. Ticks and"
      + " “typing…” are what the product really did.",
    claude.simulated
      ? "Claude’s stand-in follows a few rules: it shows that the way works, not how well the model answers. Set"
        + " ANTHROPIC_API_KEY and start again to talk with the real one."
      : "Claude is the real service here, so what you write leaves this machine and costs tokens.",
  ];
  const shown = lines.map((line) => element("p", {}, line));
  if (web.url) shown.push(element("p", {}, "Web process: ", link(web.url, web.url), readiness(web.ready)));
  return shown;
}

const readiness = (ready) => (ready ? " – ready" : " – not ready at the moment");
