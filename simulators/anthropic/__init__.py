"""A double of the Anthropic Messages API, as far as ProxyStaff depends on it.

Run it with `python -m simulators.anthropic [--host H] [--port N] [--state FILE] [--delay S] [--chunk-delay S]`.

The service: POST /v1/messages (whole and streamed), POST /v1/messages/count_tokens, GET /v1/models and
/v1/models/{id}. Keys come as `Authorization: Bearer` or `x-api-key`; any printable one is accepted unless it was named
below. Requests are refused as the service refuses them (see `validation`), tokens are counted by a fixed estimate (see
`tokens`), and the prompt cache is kept account of (see `cache`).

The control API, beside what every double has (see `simulators.common`):

    POST /_sim/script    {"answers": [answer, …], "match"?, "times"?}: answers for the calls to come; a call takes the
                         first that matches it, and where none does the stand-in answers (see `standin`). GET shows
                         what is queued, DELETE clears it. An answer has one of
                             "text": words; {{last_user}} and {{tool_result}} in it are put in from the call
                             "content": blocks as the API has them; tool_use ids and thinking signatures may be left out
                             "echo": true answers with the person's own last words
                             "error": {"status", "type"?, "message"?, "details"?, "headers"?}
                         and any of
                             "thinking": words of a thinking block put first (left out where thinking is disabled)
                             "stop_reason", "stop_sequence", "stop_details": else found from the content, max_tokens
                                 and stop_sequences
                             "delay": seconds before the first token; "chunk_delay": seconds between stream events
                             "usage": fields that replace what would be counted
                             "match", "times": 1 | n | "always"
    POST /_sim/accounts  {"key", "status": "active" | "revoked" (401) | "forbidden" (403) | "no_credit" (402)
                         | "spend_limit" (429, error_code enforced_spend_limit_reached)}. GET lists the keys seen.
    POST /_sim/pace      {"delay"?: s, "chunk_delay"?: s}: the pace of every answer that does not state its own
    POST /_sim/faults    kinds that come in place of an answer:
                             rate_limit {"retry_after"?: s = 1, or "error_code"?, then without retry-after}
                             overloaded (529)
                             error {"status"?: 500, "type"?, "message"?, "error_code"?, "headers"?}
                             timeout {"seconds"?: 0}: 504 after that time
                             drop: the connection is closed without an answer
                         and kinds that spoil an answer:
                             hang {"seconds"?: 30}: not a byte for that time, then the answer
                             cut {"after_events"?: 2}: the connection is closed after so many events
                             half_answer: the connection is closed in the middle of an event
                             sse_error {"after_events"?: 2, "type"?: "overloaded_error", "message"?}: an error event
                                 in the stream; as a plain error where the call does not stream
                         A cut or half answer to a call that does not stream is half of its body.
                         Only calls that were authenticated and valid take a fault.

Scripts and faults match these facts: "system", "last_user" (the person's last words, without the product's context),
"model", "key", "tools" (names, with commas between) and "tool_results" (names of the tools whose results the last
message brings), each also with `_contains`.
"""
