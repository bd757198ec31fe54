"""A double of the Telegram Bot API: `python -m simulators.telegram [--host H] --port N [--state FILE]`.

`/bot<token>/<method>` by GET or POST with query, JSON, form or multipart, `/file/bot<token>/<path>` for files. A token
of the form `<digits>:<35 of A-Z a-z 0-9 _ ->` makes its bot on first sight (`sim_<digits>_bot`); another token for a
known bot is 401. Methods: getMe, setWebhook, deleteWebhook, getWebhookInfo, sendMessage, editMessageText,
deleteMessage, sendChatAction, sendMessageDraft, setMessageReaction, answerCallbackQuery, sendPhoto, sendDocument,
sendVoice, sendAudio, sendVideo, sendSticker, getFile, getChat, setMyCommands, getMyCommands, deleteMyCommands.

Control bodies (what both messengers share stands in `simulators.messenger`):

    POST /_sim/accounts  {"token", "webhook_url"?: str | null, "secret_token"?, "allowed_updates"?: […],
                         "first_name"?, "username"?, "status"?: "revoked" | "valid", "privacy"?: true}. The account's
                         id is the bot's id, as a string; a new token replaces the old one.
    POST /_sim/inbound   {"account": bot id or token, "from": {"id", "first_name", "last_name"?, "username"?,
                         "language_code"?}, "chat"?: {"id": negative, "type": "group" | "supergroup", "title"} (without
                         it the private chat), "type", "reply_to"?: message id, "count"?, "wait"?, …}. Message ids are
                         strings in the control API. "type" and what goes with it:
        text                                   "text", "entities"? (else commands, mentions and links are found)
        start                                  "payload"?: arrives as "/start payload"
        edit                                   "message_id", "text"
        delete                                 "message_id"; the bot is not told, as in the real service
        callback                               "message_id", "data"
        reaction                               "message_id", "emoji" (none takes it away)
        photo, document, voice, audio, video, sticker
                                               "media": {"mime_type", "base64", "name"?, "size"?: bytes it claims to
                                               have}, "text"?: caption, "media_group_id"?
        location                               "latitude", "longitude"
        any other (contact, venue, …)          "node": what stands under the type's name in the message
        block, unblock, deactivate             the person and the bot; deactivate tells nobody
        join, kick                             the bot and the group under "chat"
        migrate                                "chat", "to": the supergroup's id
                         Raw: {"account", "raw_update": {…}} (an update_id is added where it has none) or
                         {"account", "raw_body": text}. Batched: {"account", "batch": [such bodies with "from"]}.
                         "queued" is false where allowed_updates or a group's privacy mode keep the bot from seeing it.
    POST /_sim/settings  bot_per_second (30), chat_per_second (1), chat_burst (5), group_per_minute (20),
                         set_webhook_per_second (1), retry_scale (1.0: first retry at once, then 2, 4, 8 … 60 s),
                         webhook_timeout (60 s)
    POST /_sim/faults    as in `simulators.messenger`; rate_limit takes "retry_after", error "status" and "description",
                         blocked "description" ("user is deactivated"). `method` to match: the Bot API's method as it
                         was written in the path; `chat`: the chat id as a string; `event`: the update's kind.
                         A reorder only lets other chats pass: one chat's updates never change their order.

Where it differs from the real service, as far as we know: webhooks may be http on loopback, and setWebhook's
description says so; its certificate checks are Python's; Markdown and MarkdownV2 are refused; getUpdates is missing,
so updates only go to webhooks, and method calls in a webhook's answer are not carried out; the flood limits are token
buckets with guessed bursts (5 in a chat), the real ones are neither published nor constant; links, commands and
mentions are all that is found in plain text; overlapping entities given by the bot are not mended; files are lost in a
restart and URLs are not fetched; business connections, inline mode, polls, payments, topics and stories are missing
(their updates can be sent raw). A person's first message starts the bot; somebody whom no bot has met is "chat not
found", somebody met elsewhere gives 403 "bot can't initiate conversation with a user".
"""
