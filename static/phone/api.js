/** Talking to the phone's server: single calls, and following one chat through lost connections. */

const BACKOFF = [1000, 2000, 4000, 8000]; // milliseconds
const EVENTS = ["chat", "typing", "status", "draft", "window"];

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Error("the phone's server does not answer: is the simulator still running?");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error || `the simulator answered with HTTP ${response.status}`);
  return body;
}

const query = ({ account, chat }) => new URLSearchParams({ account, chat });

export const loadParts = () => call("/api/parts");
export const loadAccounts = async (service) => (await call(`/api/${service}/accounts`)).accounts ?? [];
export const loadChat = ({ service, ...where }) => call(`/api/${service}/chat?${query(where)}`);

export const fileUrl = ({ service, account, chat }, id) =>
  `/api/${service}/media?${new URLSearchParams({ account, chat, id })}`;

export function act(service, body) {
  return call(`/api/${service}/inbound`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/**
 * Follow one chat. `on.snapshot(chat)` comes after every (re)connection, then `on.event(kind, data)`; `on.lost(error)`
 * when the connection breaks. The stream is opened before the snapshot is read and its events wait for it, so nothing
 * falls between the two. EventSource's own retry gives up on an HTTP error, so the retries are made here.
 */
export function followChat(where, on) {
  const { service, ...ids } = where;
  let stopped = false;
  let attempt = 0;
  let timer = 0;
  let source = null;

  function connect() {
    clearTimeout(timer);
    source?.close();
    if (stopped) return;
    const current = new EventSource(`/api/${service}/events?${query(ids)}`);
    let waiting = [];
    source = current;
    const isCurrent = () => !stopped && source === current;
    for (const kind of EVENTS) {
      current.addEventListener(kind, ({ data }) => {
        if (!isCurrent()) return;
        if (waiting) waiting.push([kind, JSON.parse(data)]);
        else on.event(kind, JSON.parse(data));
      });
    }
    current.onopen = async () => {
      try {
        const chat = await loadChat(where);
        if (!isCurrent()) return;
        attempt = 0;
        on.snapshot(chat);
        for (const [kind, data] of waiting) on.event(kind, data);
        waiting = null;
      } catch (error) {
        if (isCurrent()) retry(error);
      }
    };
    current.onerror = () => isCurrent() && retry(new Error("the connection to the simulator was lost"));
  }

  function retry(error) {
    source?.close();
    source = null;
    on.lost(error);
    timer = setTimeout(connect, BACKOFF[Math.min(attempt, BACKOFF.length - 1)]);
    attempt += 1;
  }

  function retryNow() {
    if (source === null && document.visibilityState === "visible") connect();
  }

  window.addEventListener("online", retryNow);
  document.addEventListener("visibilitychange", retryNow);
  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
    window.removeEventListener("online", retryNow);
    document.removeEventListener("visibilitychange", retryNow);
  };
}
