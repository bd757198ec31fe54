"""A double of the WhatsApp Cloud API: `python -m simulators.whatsapp [--host H] --port N [--state FILE]`.

Paths with and without a Graph version (`/v26.0/…`). Any well-formed Bearer token is accepted; a number is made when its
id is first seen, and joins the WABA that was seen with the same token.

    POST   /{phone_number_id}/messages           all types; `status: "read"` with or without typing_indicator
    POST   /{phone_number_id}/media              multipart; GET and DELETE /{media_id}, and the link it answers
    POST   /{phone_number_id}/register           also /deregister
    GET    /{phone_number_id}                    ?fields=…; POST takes webhook_configuration
    GET    /{waba_id}                            and /phone_numbers, /message_templates?name=…
    POST   /{waba_id}/subscribed_apps            override_callback_uri and verify_token are honoured; also GET, DELETE
    GET    /debug_token?input_token=…            of the very token that it is asked with

Control bodies (what both messengers share stands in `simulators.messenger`):

    POST /_sim/accounts  {"phone_number_id", "waba_id"?, "webhook_url"?, "app_secret"?, "verify_token"?,
                         "display_phone_number"?, "name"?, "token_status"?: "revoked" | "expired" | "valid",
                         "subscribed"?, "registered"?, "locked"?, "unpaid"?: bool, "quality_rating"?, "status"?: Meta's
                         word, "override_url"?, "waba_override_url"?, "token_expires_at"?, "data_access_expires_at"?:
                         seconds since 1970, "pin"?, "unverified"?: true}. A webhook_url is checked with Meta's GET, but
                         where it is unverified: 400 {"error": what was wrong} where it fails, and it then has none.
                         Setting an account up counts as subscribing the app ("subscribed": false takes it away).
    POST /_sim/inbound   {"account": phone_number_id, "from": {"phone", "name", "user_id"?, "username"?}, "type",
                         "reply_to"?: message id, "forwarded"?: true, "referral"?: {…}, "count"?: n, "wait"?,
                         "late_hours"?: it was written so long ago and is only delivered now, …}
                         "type" and what goes with it:
        text                                  "text"
        image, video, document, sticker, audio, voice
                                              "media": {"mime_type", "base64", "name"?}, "text"?: caption
        button_reply, list_reply              "id", "title", "description"? (of a list's row)
        button                                "payload", "text" (a template's quick reply)
        location                              "latitude", "longitude", "name"?, "address"?
        reaction                              "target": message id, "emoji" ("" takes it away)
        edit, revoke                          "target": message id, "text" of the edit
        unsupported, unknown
        any other (contacts, order, system …) "node": what stands under the type's name
        echo                                  "text": the owner wrote it in the WhatsApp Business app
        read                                  the person has read everything
        block, unblock                        what is sent stays at one tick
        silence                               "hours"?: 24: the person's last message is set back by that long
                         Raw: {"account", "raw_value": {…}, "field"?: "messages"} puts the value into an envelope;
                         {"account", "raw_body": text} is sent as it is. Both are signed.
                         Batched: {"batch": [such bodies], "account"?, "split"?: "messages" | "changes" | "entries"}
                         sends all in one webhook body, merged as far as "split" allows.
    POST /_sim/templates {"waba_id", "templates": [{"name", "language"?: "en", "status"?: "APPROVED", "body"?,
                         "category"?, "rejected_reason"?, "components"?}]} adds or changes templates and tells of their
                         status with a webhook; "status": "DELETED" takes one away.
    POST /_sim/settings  window_answer ("status": outside the 24 h window a send is accepted and fails as a status;
                         "direct": it is refused with 131047), sent_after, delivered_after (seconds after the answer),
                         number_per_second (80), pair_burst (45), pair_seconds (6: one more each), retry_start (1 s,
                         doubled each time), retry_cap (600 s), webhook_timeout (20 s), max_connections (50)
    POST /_sim/faults    as in `simulators.messenger`; here rate_limit takes "code" (130429, 131056, 4, 80007), error
                         takes "code" and "status" (default code 1, HTTP 500), blocked and failed_status ("code",
                         default 131026) are accepted and then fail as a status. `method` to match: messages, read,
                         media, media_download, register, deregister, subscribed_apps, phone_numbers,
                         message_templates, debug_token, object; `event`: message or status.

Where it differs from the real service, as far as we know: webhooks are retried after 1 s, not after minutes, and not
spread over machines, so one person's come in order unless one failed or a fault says otherwise; nothing is kept for an
account without a webhook URL; templates are reviewed by nobody (five are there, `templates.py`), media is lost in a
restart, links in messages are not fetched, and formats of media are believed, not looked into; HTTP statuses of rarer
errors and the exact wording are from public tables, not from observation (131056 as 429, 132001 as 404); the pair limit
is a bucket of 45 that refills by one in 6 s; business-scoped user ids work for every type of message (131062 comes only
as a fault); groups, calls, flows, catalogues and payments are missing.
"""
