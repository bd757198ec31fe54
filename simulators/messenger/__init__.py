"""What the two messenger doubles share: the webhook queue, chats as a phone shows them, sending limits, faults.

Beside what every double has (`simulators.common`), both doubles have:

    GET  /_sim/accounts   {"accounts": [{"id", "kind", "name", "address", "webhook_url": str | null}]}, without secrets
    POST /_sim/accounts   makes or changes an account; the body is the service's own
    POST /_sim/inbound    a person does something; the body is the service's own. Answers {"message_id", "queued"} with
                          the last id and, where "count" or "batch" made several, "message_ids". "queued" is false where
                          there was no webhook to queue. "wait": true (or seconds, default 60) waits for the
                          acknowledgement and adds "acknowledged": bool.
    GET  /_sim/chat       ?account=ID&chat=ID → {"messages": [{"id", "direction": "in" | "out" ("in": the person wrote
                          it), "type", "text", "entities_html"?, "format": "whatsapp" | "html" | "plain", "at": ISO,
                          "status": "pending" | "sent" | "delivered" | "read" | "failed", "reply_to"?, …}],
                          "typing_until": ISO | null, "draft"?: str}. A person's message is pending until its webhook
                          was acknowledged, then delivered, and read once the business marked it so (WhatsApp).
                          What a type adds: "buttons" [{"id", "title"}] (or {"text", "data" | "url"} on Telegram),
                          "rows" [{"id", "title", "description"?}] under "button" for a list, "location", "contacts"
                          [{"name", "phone"}], "forwarded": true, "preview": true (of the first link), "voice": true
                          (WhatsApp), "media" {"id", "mime_type", "name", "size"}, "error" {"code", "title"} on failed,
                          "reaction" (emoji on a message, by the other side).
                          WhatsApp adds "last_inbound": ISO, from when the 24 hours count.
    GET  /_sim/media      ?account=ID&chat=ID&id=FILE → the bytes of a file that is shown in the chat
    GET  /_sim/events     ?account=ID&chat=ID → text/event-stream: `chat` {message, also when edited; type "deleted"
                          when removed}, `typing` {"until": ISO | null}, `status` {"id", "status", "error"?}, `draft`
                          {"text": str | null}, `window` {"last_inbound": ISO}. While a phone is
                          connected, what the business sends there is read.
    POST /_sim/settings   {name: value, …} changes how the double behaves; GET shows all. Names in each double's
                          docstring. A reset or restart restores them.
    POST /_sim/faults     kinds for calls: {"kind": "rate_limit", "retry_after"} | {"kind": "error", "status"} |
                          {"kind": "http", "status", "body"} | {"kind": "lost_answer"} (carried out, then the
                          connection is cut without an answer) | {"kind": "hang", "seconds"} (waits, then goes on as
                          usual; carried out even where the caller has gone) | {"kind": "refuse"} (the connection is cut
                          at once, nothing is carried out) | {"kind": "blocked"}; for webhooks: {"kind": "duplicate"}
                          (two copies at once) | {"kind": "reorder", "seconds"?: 1} (goes out after the next one of its
                          chat, or after that time) | {"kind": "delay", "seconds"}. Facts to match: account, chat,
                          method (the API method; "webhook" on webhooks), event ("message", "status", or Telegram's
                          update type; "" on calls).

With `--state` the accounts, chats and webhooks not yet acknowledged are written to the file within 0.2 s of a change
and taken up again at start; ids then go on with a gap, as what was given out last may not have been written.
"""

from simulators.messenger.buckets import Buckets, Rate
from simulators.messenger.chats import Chat, ChatBook, ChatMessage
from simulators.messenger.double import MessengerDouble
from simulators.messenger.webhooks import Policy, Target, Webhook

__all__ = ["Buckets", "Chat", "ChatBook", "ChatMessage", "MessengerDouble", "Policy", "Rate", "Target", "Webhook"]
