/** The phone: which messenger, who writes, to which account, and the chat between them. */

import { act, fileUrl, followChat, loadAccounts, loadParts } from "./api.js";
import { Attach } from "./attach.js";
import { Composer } from "./composer.js";
import { labelOf } from "./content.js";
import { Conversation } from "./conversation.js";
import { byId, element, initials } from "./dom.js";
import { mediaOf } from "./files.js";
import * as gestures from "./gestures.js";
import { connectPanel } from "./panel.js";
import { showParts } from "./parts.js";
import { chatIdOf, PeoplePicker, remember, remembered, senderOf, suggestionsFor } from "./people.js";
import { Typing } from "./typing.js";
import { ServiceWindow } from "./window.js";

const LABELS = { whatsapp: "WhatsApp", telegram: "Telegram" };
const ONLINE = { whatsapp: "online", telegram: "bot" };
const OWN_FORMAT = { whatsapp: "whatsapp", telegram: "plain" };
const ACCOUNTS_AGAIN = 4000; // milliseconds, while there is no account or no simulator
const PARTS_AGAIN = 15_000; // milliseconds

const GROUP = { id: -1001555010000, type: "supergroup", title: "The team’s group" }; // of every bot one, in the simulator
const state = { service: "whatsapp", group: false, parts: null, accounts: [], account: null, live: false, problem: "" };
let stopFollowing = () => {};
let accountsTimer = 0;

const conversation = new Conversation(
  { scroll: byId("scroll"), list: byId("messages"), jump: byId("jump"), jumpCount: byId("jump-count") },
  {
    onRetry: retry,
    onReply: (message) => composer.reply(message, message.text || labelOf(message)),
    onEdit: (message) => composer.edit(message),
    onForward: forward,
    onReact: (message, emoji) => perform(gestures.reactionBody(state.service, message, emoji)),
    onDelete: (message) => perform(gestures.deleteBody(state.service, message)),
    onPress: press,
  },
);
const typing = new Typing(showState);
const composer = new Composer({ onSend: send });
const people = new PeoplePicker(() => openChat());
const day = new ServiceWindow(() => perform({ type: "silence", hours: 24 }));
const attach = new Attach({
  file: attachFile,
  location: (place) => deliver(gestures.locationBody(place), { type: "location" }),
  contact: (card) => deliver(gestures.contactBody(state.service, card), { type: "contact" }),
  acts: {
    ...Object.fromEntries(Object.entries(gestures.ACTS).map(([name, body]) => [name, () => deliver(body, body)])),
    number: takeNewNumber,
    group: () => useGroup(!state.group),
    block: () => perform({ type: "block" }),
  },
  problem: (text) => composer.problem(text),
});

// ---- Which messenger

function useService(service) {
  state.service = service;
  document.documentElement.dataset.skin = service;
  for (const entry of document.querySelectorAll("[data-only]")) entry.hidden = entry.dataset.only !== service;
  state.group = false;
  remember({ service });
  byId("someone-number-label").textContent = service === "whatsapp" ? "Phone number" : "Telegram user id";
  document.querySelector(`input[name="service"][value="${service}"]`).checked = true;
  state.accounts = [];
  state.account = null;
  openChat();
  refreshAccounts();
}

const isSimulated = () => state.parts?.[state.service].simulated ?? true;

// ---- To which account

async function refreshAccounts() {
  clearTimeout(accountsTimer);
  const { service } = state;
  if (!isSimulated()) {
    showAccounts();
    return;
  }
  try {
    const accounts = await loadAccounts(service);
    if (service !== state.service) return;
    state.accounts = accounts;
    state.problem = "";
  } catch (error) {
    if (service !== state.service) return;
    state.problem = error.message;
  }
  const wanted = state.account?.id ?? remembered()[`${service}-account`];
  const account = state.accounts.find(({ id }) => id === wanted) ?? state.accounts[0] ?? null;
  const isOther = account?.id !== state.account?.id;
  state.account = account;
  showAccounts();
  if (isOther) openChat();
  else showState();
  if (!account?.webhook_url) accountsTimer = setTimeout(refreshAccounts, ACCOUNTS_AGAIN);
}

function showAccounts() {
  const focused = document.activeElement?.name === "account";
  byId("accounts").replaceChildren(...state.accounts.map(accountOption));
  if (focused) byId("accounts").querySelector(":checked")?.focus();
  byId("accounts-hint").textContent = accountsHint();
}

function accountOption(account) {
  const checked = account.id === state.account?.id;
  const input = element("input", { type: "radio", name: "account", value: account.id, checked });
  input.addEventListener("change", () => {
    state.account = account;
    remember({ [`${state.service}-account`]: account.id });
    showAccounts();
    openChat();
  });
  return element("label", { class: "choice" }, input,
    element("span", { class: "avatar small account", "aria-hidden": "true" }, initials(nameOf(account))),
    element("span", { class: "choice-text" }, nameOf(account), element("small", {}, addressOf(account))));
}

const nameOf = (account) => account.name || account.address || account.id;

function addressOf({ address, kind }) {
  if (!address) return LABELS[kind] ?? "";
  return kind === "telegram" && !address.startsWith("@") ? `@${address}` : address;
}

function accountsHint() {
  const label = LABELS[state.service];
  if (!isSimulated()) return `${label} is the real service here: write to the account from your own phone.`;
  if (state.problem) return capital(`${state.problem} Trying again…`);
  if (!state.accounts.length) return `No ${label} account yet. Make one with: manage.py onboard --demo`;
  if (!state.account?.webhook_url) return "This account has no webhook yet, so nothing receives what you write.";
  return "";
}

// ---- The chat

function openChat() {
  stopFollowing();
  stopFollowing = () => {};
  state.live = false;
  typing.clear();
  const { account, service } = state;
  const { person } = people;
  byId("who-short").textContent = person.name;
  byId("chat-name").textContent = account ? (state.group ? GROUP.title : nameOf(account)) : LABELS[service];
  byId("attach-group").textContent = state.group ? "Back to the private chat" : "Go to the group";
  byId("chat-avatar").textContent = account ? initials(nameOf(account)) : "";
  const where = { service, account: account?.id, chat: chatId() };
  const speaker = account ? nameOf(account) : LABELS[service];
  conversation.clear({ service, speaker, fileUrl: (id) => fileUrl(where, id) });
  composer.setContext({});
  composer.setEnabled(Boolean(account));
  attach.setEnabled(Boolean(account));
  day.clear();
  if (account) {
    stopFollowing = followChat(where, {
      snapshot: showSnapshot, event: showEvent, lost: showLost,
    });
  }
  showState();
}

function showSnapshot(chat) {
  state.live = true;
  state.problem = "";
  conversation.replaceAll(chat.messages);
  conversation.setDraft(chat.draft);
  typing.until(chat.typing_until);
  day.since(chat.last_inbound);
  showState();
}

function showEvent(kind, data) {
  if (kind === "chat") {
    conversation.upsert(data);
    if (data.direction === "out") typing.clear();
  }
  if (kind === "status") conversation.setStatus(data.id, data.status, data.error);
  if (kind === "typing") typing.until(data.until);
  if (kind === "window") day.since(data.last_inbound);
  if (kind === "draft") conversation.setDraft(data.text);
  showState();
}

function showLost(error) {
  state.live = false;
  state.problem = error.message;
  typing.clear();
  showState();
  refreshAccounts();
}

const chatId = () => (state.group ? String(GROUP.id) : chatIdOf(people.person, state.service));

const signed = (body) => ({
  account: state.account.id, from: senderOf(people.person, state.service), ...(state.group ? { chat: GROUP } : {}), ...body,
});

/** Into the group that the bot is in too, or back; there it hears only what is meant for it. */
function useGroup(group) {
  state.group = group;
  openChat();
  if (group) perform({ type: "join" });
}

/** WhatsApp tells businesses of it; the person goes on under the new one. */
async function takeNewNumber() {
  const { person } = people;
  const phone = String(Number(person.phone) + 1_000_000);
  await deliver(gestures.numberBody(person, phone), { type: "system" });
  people.use({ ...person, phone });
}

/** What was written in the line, with what stands above it. */
function send(text, { replyTo, editing, file, kind }) {
  if (editing) perform(gestures.editBody(state.service, editing, text));
  else if (file) sendFile(file, kind, text, replyTo);
  else deliver({ type: "text", text, ...(replyTo ? { reply_to: replyTo } : {}) }, { type: "text", text });
}

function attachFile(file, kind) {
  if (kind === "voice" || kind === "sticker") sendFile(file, kind, "");
  else composer.stage(file, kind);
}

async function sendFile(file, kind, caption, replyTo) {
  const { service } = state;
  const body = gestures.fileBody(service, kind, await mediaOf(file, kind), caption);
  deliver({ ...body, ...(replyTo ? { reply_to: replyTo } : {}) }, { type: body.type, text: caption });
}

/** Send a message and show it meanwhile; what else happens on the phone is `perform`. */
async function deliver(body, { type, text = "" }) {
  const { service } = state;
  const whole = signed(body);
  const shown = { type: gestures.shownType(service, type), text, format: OWN_FORMAT[service], reply_to: body.reply_to };
  const id = conversation.addLocal({ ...shown, body });
  showState();
  try {
    const { message_id: known } = await act(service, whole);
    conversation.settleLocal(id, String(known ?? id));
  } catch (error) {
    conversation.failLocal(id, error.message);
  }
}

async function perform(body) {
  try {
    await act(state.service, signed(body));
  } catch (error) {
    composer.problem(`Not done: ${error.message}`);
  }
}

function press(message, choice) {
  const body = gestures.pressBody(state.service, message, choice);
  if (state.service === "telegram") perform(body);
  else deliver(body, { type: body.type, text: choice.title });
}

async function forward(message) {
  const { service } = state;
  const from = message.direction === "in" ? people.person.name : nameOf(state.account);
  const { media, text, type } = message;
  let body = { type: "text", text: text || labelOf(message) };
  if (media?.id) {
    const answer = await fetch(fileUrl({ service, account: state.account.id, chat: chatId() }, media.id));
    if (!answer.ok) {
      composer.problem("Not done: this file is not here any more.");
      return;
    }
    const blob = await answer.blob();
    const file = new File([blob], media.name ?? "", { type: media.mime_type });
    body = gestures.fileBody(service, message.voice ? "voice" : type, await mediaOf(file, message.voice ? "voice" : type), text);
  }
  deliver(gestures.forwarded(service, body, from), { type: body.type, text: body.text ?? "" });
}

function retry(message) {
  if (message.local) conversation.remove(message.id);
  deliver(message.body ?? { type: "text", text: message.text }, message);
}

// ---- What the phone says of itself

function showState() {
  const line = byId("chat-state");
  const waiting = state.account && !state.live;
  const words = typing.active ? "typing" : stateWords(waiting);
  line.classList.toggle("is-typing", typing.active);
  if (line.textContent !== words) line.textContent = words;
  showNotice(waiting);
  showEmpty();
}

function stateWords(waiting) {
  if (!state.account) return "";
  if (waiting) return "connecting…";
  return state.group ? `group with @${state.account.address.replace("@", "")}` : ONLINE[state.service];
}

function showNotice(waiting) {
  const notice = byId("notice");
  const text = noticeText(waiting);
  notice.hidden = !text;
  if (notice.textContent !== text) notice.textContent = text;
}

function noticeText(waiting) {
  if (state.problem && waiting) return `Reconnecting: ${state.problem}`;
  if (!state.account) return "";
  if (!state.account.webhook_url) return "This account has no webhook yet, so nothing receives what you write.";
  if (state.parts?.web.ready === false) {
    return "The product’s web process is not ready. What you write waits here and arrives when it is.";
  }
  return "";
}

function showEmpty() {
  const empty = byId("empty");
  const wanted = conversation.isEmpty && (!state.account || state.live);
  empty.hidden = !wanted;
  const key = wanted ? [state.service, state.account?.id, people.person.name, accountsHint()].join("|") : "";
  if (empty.dataset.key === key) return;
  empty.dataset.key = key;
  empty.replaceChildren(...(wanted ? emptyContent() : []));
}

function emptyContent() {
  if (!state.account) {
    const title = isSimulated() ? "Nobody to write to yet" : `${LABELS[state.service]} is not simulated here`;
    return [element("h3", {}, title), element("p", {}, accountsHint())];
  }
  const { person } = people;
  const chips = suggestionsFor(person).map((text) =>
    element("button", { type: "button", class: "chip", onclick: () => composer.fill(text) }, text));
  return [
    element("h3", {}, `Write as ${person.name}: say hello`),
    element("p", {}, `${nameOf(state.account)} gets it as a signed webhook, as from a real phone.`),
    element("div", { class: "chips" }, ...chips),
  ];
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

async function refreshParts() {
  try {
    if (document.visibilityState === "visible") {
      state.parts = await loadParts();
      showParts(state.parts);
      showState();
    }
  } catch {
    // The phone's own server is gone: the chat says so, and the last known parts stay shown.
  } finally {
    setTimeout(refreshParts, PARTS_AGAIN);
  }
}

function showClock() {
  byId("clock").textContent = new Date().toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
}

async function start() {
  connectPanel();
  showClock();
  setInterval(showClock, 10_000);
  for (const input of document.querySelectorAll('input[name="service"]')) {
    input.addEventListener("change", () => useService(input.value));
  }
  await refreshParts();
  useService(startService());
}

/** The messenger of the last visit, else the first that is simulated. */
function startService() {
  const last = remembered().service;
  const simulated = Object.keys(LABELS).filter((service) => state.parts?.[service].simulated);
  if (last in LABELS && (simulated.includes(last) || !simulated.length)) return last;
  return simulated[0] ?? "whatsapp";
}

start();
