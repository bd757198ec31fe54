"""A phone to try the product with: a page that looks like the two messengers and talks through their doubles.

    python -m simulators.phone --host 127.0.0.1 --port N [--whatsapp URL] [--telegram URL] [--anthropic URL]
                               [--transcriber URL] [--web URL]

prints `ready http://HOST:PORT` once it listens (port 0 takes a free one). The URLs say which services are doubles:
one that is left out is taken for the real service, and the page says so. `--web` is the product's own web process.

What it serves:

    GET  /                           the page (templates/phone/index.html); its files under /static/phone/
    GET  /api/parts                  {"whatsapp": {"simulated"}, "telegram": {"simulated"}, "claude": {"simulated"},
                                     "transcriber": {"simulated"}, "web": {"url": str|null, "ready": bool|null}};
                                     `ready` is what /readyz says now
    GET  /api/SERVICE/accounts       the double's /_sim/accounts
    GET  /api/SERVICE/chat           the double's /_sim/chat?account=&chat=
    GET  /api/SERVICE/events         the double's /_sim/events?account=&chat=, passed through as it streams
    GET  /api/SERVICE/media          the double's /_sim/media?account=&chat=&id=: pictures, sound and video to be shown,
                                     anything else only to be saved
    POST /api/SERVICE/inbound        the double's /_sim/inbound; takes application/json from this page only

SERVICE is whatsapp or telegram. Nothing else of the doubles can be reached here. Errors are {"error": what to do}:
404 where the service is not simulated, 502 where its double does not answer.
"""
