"""A double of OpenAI's transcriptions: `python -m simulators.transcriber [--host H] --port N [--state FILE]`.

`POST /v1/audio/transcriptions` (also without /v1), multipart as the real one takes it: `file` (25 MB, one of the usual
endings) and `model` are required; `response_format` json (the default), text or verbose_json. Refusals have the
service's status and body: 400, 401 without a key where one is set, 413, 429, 500.

It listens to nothing: what it hears is scripted. Without a script it answers with a text that says what it is,
`(simulated transcript of audio.ogg, 3 s)`. The seconds are read from an Ogg file, else guessed from its size.

    POST /_sim/script    {"texts": [text, …]}: one for each coming call; "" is a recording in which nothing is said
    POST /_sim/accounts  {"key": text | null}: only this key is let in, null (at first): all are, also none
    POST /_sim/faults    {"kind": "error", "status": 500, "retry_after"?} | {"kind": "rate_limit", "retry_after"?: 1} |
                         {"kind": "hang", "seconds"?: 30} (then goes on as usual) | {"kind": "garbage", "body"?} (200
                         with something that is no transcript) | {"kind": "refuse"} (the connection is cut).
                         Facts to match: name (the file's), model.

Where it differs from the real service, as far as we know: it understands nothing, any model's name will do, srt and vtt
are refused, streaming is missing, and the limit on requests is a fault, not a count.
"""
