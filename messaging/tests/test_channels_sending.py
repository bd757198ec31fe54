"""What the channels write on the wire, and what they make of every kind of answer and of none."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.channels import get_channel, wire
from messaging.channels.base import AccountFacts, Credentials, Outgoing, Sent, TextPart, TransportError
from messaging.tests.scripted_service import ScriptedService, Step, answer

TOKEN = "123456:AAH-secret_token"
DELIVERY = "0190c1de-7d5e-7000-8000-000000000001"
WHATSAPP_SENT = {
    "messaging_product": "whatsapp",
    "contacts": [],
    "messages": [{"id": "wamid.A", "message_status": "accepted"}],
}
TELEGRAM_SENT = {"ok": True, "result": {"message_id": 77, "date": 1, "chat": {"id": 5, "type": "private"}}}
SENT = {"whatsapp": WHATSAPP_SENT, "telegram": TELEGRAM_SENT}
KINDS = ["whatsapp", "telegram"]


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as running:
        yield running


def credentials(service: ScriptedService, **changed: Any) -> Credentials:
    given = {"external_id": "1155", "token": TOKEN, "base_url": service.base_url, "config": {"waba_id": "9911"}}
    return Credentials(**{**given, **changed})


def outgoing(chat_id: str = "34600111222", text: str = "<b>hola</b>", plain: str = "hola", **more: Any) -> Outgoing:
    return Outgoing(delivery_id=DELIVERY, chat_id=chat_id, part=TextPart(text=text, plain=plain), **more)


def send(service: ScriptedService, kind: str, *steps: Step) -> Sent:
    service.steps += steps
    return get_channel(kind).send(credentials(service), outgoing())


def failure(service: ScriptedService, kind: str, *steps: Step) -> TransportError:
    with pytest.raises(TransportError) as caught:
        send(service, kind, *steps)
    return caught.value


def flags(error: TransportError) -> set[str]:
    names = ("permanent", "in_doubt", "unreachable", "unauthorized", "window_closed")
    return {name for name in names if getattr(error, name)}


def graph(code: int, status: int = 400, **more: Any) -> Step:
    return answer({"error": {"message": f"(#{code}) said", "type": "OAuthException", "code": code, **more}}, status)


def refused(status: int, description: str, **parameters: Any) -> Step:
    body = {"ok": False, "error_code": status, "description": description}
    return answer({**body, "parameters": parameters} if parameters else body, status)


# What is written


def test_whatsapp_sends_text_with_the_delivery_id(service: ScriptedService) -> None:
    service.steps.append(answer(WHATSAPP_SENT))
    sent = get_channel("whatsapp").send(
        credentials(service), outgoing(text="*hola* https://a.com", plain="hola https://a.com", reply_to="wamid.Q")
    )
    assert sent == Sent(external_id="wamid.A")
    (call,) = service.received
    assert (call.method, call.path) == ("POST", "/1155/messages")
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "34600111222",
        "type": "text",
        "text": {"body": "*hola* https://a.com", "preview_url": True},
        "biz_opaque_callback_data": DELIVERY,
        "context": {"message_id": "wamid.Q"},
    }


def test_whatsapp_sends_to_a_user_id_as_recipient(service: ScriptedService) -> None:
    service.steps.append(answer(WHATSAPP_SENT))
    get_channel("whatsapp").send(credentials(service), outgoing(chat_id="ES.13491208655302741918"))
    assert service.received[0].body["recipient"] == "ES.13491208655302741918"
    assert "to" not in service.received[0].body


def test_telegram_sends_html_to_a_numeric_chat(service: ScriptedService) -> None:
    service.steps.append(answer(TELEGRAM_SENT))
    sent = get_channel("telegram").send(credentials(service), outgoing(chat_id="-100500", reply_to="9"))
    assert sent == Sent(external_id="77")
    (call,) = service.received
    assert (call.method, call.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert call.body == {
        "chat_id": -100500,
        "text": "<b>hola</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_parameters": {"message_id": 9, "allow_sending_without_reply": True},
    }


@pytest.mark.parametrize(
    ("plain", "preview"), [("no link", False), ("https://a.com x", True), ("https://a.com http://b.com", False)]
)
def test_a_link_preview_is_asked_for_when_there_is_one_link(
    service: ScriptedService, plain: str, preview: bool
) -> None:
    service.steps += [answer(WHATSAPP_SENT), answer(TELEGRAM_SENT)]
    for kind in KINDS:
        get_channel(kind).send(credentials(service), outgoing(text=plain, plain=plain))
    whatsapp, telegram = service.received
    assert whatsapp.body["text"]["preview_url"] is preview
    assert telegram.body["link_preview_options"]["is_disabled"] is not preview


def test_telegram_sends_again_plain_what_it_could_not_parse(service: ScriptedService) -> None:
    sent = send(service, "telegram", refused(400, "Bad Request: can't parse entities: x"), answer(TELEGRAM_SENT))
    assert sent == Sent(external_id="77", sent_plain=True)
    first, second = service.received
    assert first.body["text"] == "<b>hola</b>"
    assert second.body["text"] == "hola"
    assert "parse_mode" not in second.body


def test_typing(service: ScriptedService) -> None:
    service.steps += [answer({"success": True}), answer({"ok": True, "result": True})]
    for kind in KINDS:
        get_channel(kind).show_typing(credentials(service), "5", "wamid.IN")
    whatsapp, telegram = service.received
    assert whatsapp.body == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.IN",
        "typing_indicator": {"type": "text"},
    }
    assert (telegram.path, telegram.body) == (f"/bot{TOKEN}/sendChatAction", {"chat_id": 5, "action": "typing"})


def test_check_asks_who_the_account_is(service: ScriptedService) -> None:
    service.steps += [
        answer({"id": "1155", "verified_name": "Café Ñ", "display_phone_number": "+1 555-010-2030"}),
        answer({"ok": True, "result": {"id": 123456, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}}),
    ]
    whatsapp, telegram = (get_channel(kind).check(credentials(service)) for kind in KINDS)
    assert whatsapp == AccountFacts(external_id="1155", display_name="Café Ñ", address="+15550102030")
    assert telegram == AccountFacts(external_id="123456", display_name="Acme", address="acme_bot")
    assert [call.method for call in service.received] == ["GET", "POST"]
    assert service.received[0].path.startswith("/1155?fields=")


def test_connect_has_webhooks_sent(service: ScriptedService) -> None:
    service.steps += [answer({"success": True}), answer({"ok": True, "result": True})]
    for kind in KINDS:
        get_channel(kind).connect(credentials(service), "https://x.example/webhooks/telegram/1", "s3cret")
    whatsapp, telegram = service.received
    assert (whatsapp.method, whatsapp.path) == ("POST", "/9911/subscribed_apps")
    assert telegram.path == f"/bot{TOKEN}/setWebhook"
    assert telegram.body == {
        "url": "https://x.example/webhooks/telegram/1",
        "secret_token": "s3cret",
        "allowed_updates": [
            *("message", "edited_message", "callback_query", "message_reaction", "my_chat_member"),
            "business_connection",
        ],
        "max_connections": 40,
    }


def test_pairing_links() -> None:
    whatsapp = AccountFacts(external_id="1", display_name="A", address="+15550102030")
    telegram = AccountFacts(external_id="1", display_name="A", address="acme_bot")
    assert get_channel("whatsapp").pairing_link(whatsapp, "ABC 12") == "https://wa.me/15550102030?text=ABC%2012"
    assert get_channel("telegram").pairing_link(telegram, "a-B_9") == "https://t.me/acme_bot?start=a-B_9"


# What the services refuse


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (graph(190, 401, error_subcode=463), {"unauthorized"}),
        (graph(10, 403), {"unauthorized"}),
        (graph(200, 403), {"unauthorized"}),
        (graph(131026), {"unreachable", "permanent"}),
        (graph(131047), {"window_closed"}),
        (graph(131049), {"permanent"}),
        (graph(130472), {"permanent"}),
        (graph(131051), {"permanent"}),
        (graph(131062), {"permanent"}),
        (graph(132001, 404), {"permanent"}),
        (graph(100, 400, error_subcode=33), {"permanent"}),
        (graph(130429, 429), set()),
        (graph(131056), set()),
        (graph(131048), set()),
        (graph(80007), set()),
        (graph(4), set()),
        (graph(131031, 403), set()),
        (graph(131042), set()),
        (graph(133010), set()),
        (graph(131000, 500), set()),
        (graph(1, 500), set()),
        (graph(2, 503), set()),
        (graph(999999, 502), set()),
        (graph(999999, 400), {"permanent"}),
        (graph(999999, 400, is_transient=True), set()),
    ],
)
def test_whatsapps_codes(service: ScriptedService, step: Step, expected: set[str]) -> None:
    assert flags(failure(service, "whatsapp", step)) == expected


def test_whatsapps_code_is_kept_for_operators(service: ScriptedService) -> None:
    assert failure(service, "whatsapp", graph(190, 401, error_subcode=463)).code == "190/463"
    assert failure(service, "whatsapp", graph(131026)).code == "131026"


@pytest.mark.parametrize(
    ("description", "status", "expected"),
    [
        ("Unauthorized", 401, {"unauthorized"}),
        ("Not Found", 404, {"unauthorized"}),
        ("Forbidden: bot was blocked by the user", 403, {"unreachable", "permanent"}),
        ("Forbidden: user is deactivated", 403, {"unreachable", "permanent"}),
        ("Forbidden: bot was kicked from the group chat", 403, {"unreachable", "permanent"}),
        ("Bad Request: chat not found", 400, {"unreachable", "permanent"}),
        ("Bad Request: message is too long", 400, {"permanent"}),
        ("Internal Server Error", 500, set()),
        ("Bad Gateway", 502, set()),
    ],
)
def test_telegrams_refusals(service: ScriptedService, description: str, status: int, expected: set[str]) -> None:
    assert flags(failure(service, "telegram", refused(status, description))) == expected


def test_a_plain_text_refused_too_is_permanent(service: ScriptedService) -> None:
    error = failure(service, "telegram", *[refused(400, "Bad Request: can't parse entities: x")] * 2)
    assert flags(error) == {"permanent"}


def test_retry_after_is_handed_on(service: ScriptedService) -> None:
    limit = {"error": {"message": "x", "code": 130429}}
    assert failure(service, "whatsapp", answer(limit, 429, headers={"Retry-After": "17"})).retry_after == 17
    assert failure(service, "whatsapp", graph(131056)).retry_after == 6
    assert (
        failure(service, "telegram", refused(429, "Too Many Requests: retry after 9", retry_after=9)).retry_after == 9
    )
    assert failure(service, "telegram", answer(b"slow down", 429, headers={"Retry-After": "4"})).retry_after == 4
    odd = answer(limit, 429, headers={"Retry-After": "nan"})
    assert failure(service, "whatsapp", odd).retry_after is None
    past = answer(limit, 429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert failure(service, "whatsapp", past).retry_after == 0


def test_a_group_that_became_a_supergroup_tells_its_new_id(service: ScriptedService) -> None:
    error = failure(
        service, "telegram", refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100777)
    )
    assert error.migrated_to == "-100777"
    assert flags(error) == set()


# What never answers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "step",
    [
        Step(then="close"),
        Step(data=b"HTTP/1.1 200 OK\r\nContent-Le", then="close"),
        Step(data=b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok"', then="close"),
        Step(data=b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"ok\r\n', then="close"),
        Step(data=b"garbage\r\n\r\n", then="close"),
        answer(b"<html>not ours</html>"),
        answer({"nothing": "known"}),
        answer([1, 2]),
        answer(b"<html>Bad Gateway</html>", 502),
        answer(b"", 504),
        answer({"ok": True, "result": {}, "messages": []}),
        answer(b"x" * (wire.LARGEST_ANSWER + 1)),
    ],
)
def test_a_request_without_a_whole_answer_is_in_doubt(service: ScriptedService, kind: str, step: Step) -> None:
    assert flags(failure(service, kind, step)) == {"in_doubt"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [302, 400, 403, 404, 413, 429, 503])
def test_a_refusal_by_something_on_the_way_is_tried_again(service: ScriptedService, kind: str, status: int) -> None:
    assert flags(failure(service, kind, answer(b"<html>no</html>", status, headers={"Location": "/x"}))) == set()
    assert len(service.received) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "step", [Step(then="hang"), Step(data=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", then="hang")]
)
def test_silence_is_in_doubt(service: ScriptedService, kind: str, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "READ_SECONDS", 0.2)
    assert flags(failure(service, kind, step)) == {"in_doubt"}


def test_an_answer_that_drips_is_given_up(service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "READ_SECONDS", 0.0)  # no single read is late, but the whole is
    monkeypatch.setattr(wire, "_timeouts", lambda: (3.0, 5.0))
    assert flags(failure(service, "telegram", answer(TELEGRAM_SENT))) == {"in_doubt"}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_listening_is_tried_again(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nowhere = ScriptedService(base_url=f"http://127.0.0.1:{port}")
    assert flags(failure(nowhere, kind)) == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base_url", ["http://name.invalid", "not a url", "http://[::1", "ftp://x"])
def test_an_address_that_leads_nowhere_is_tried_again(kind: str, base_url: str) -> None:
    assert flags(failure(ScriptedService(base_url=base_url), kind)) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_handshake_is_tried_again(service: ScriptedService, kind: str) -> None:
    """The double speaks no TLS: not a byte of the request goes out, so nothing can have been done."""
    service.steps.append(Step(data=b"no tls here\r\n", then="close"))
    tls = ScriptedService(base_url=service.base_url.replace("http:", "https:"))
    assert flags(failure(tls, kind)) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_calls_that_do_no_harm_twice_are_never_in_doubt(service: ScriptedService, kind: str) -> None:
    service.steps += [Step(then="close"), answer(b"<html>", 502)]
    for _ in range(2):
        with pytest.raises(TransportError) as caught:
            get_channel(kind).show_typing(credentials(service), "5", "wamid.IN")
        assert flags(caught.value) == set()


# Connections


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_is_used_again(service: ScriptedService, kind: str) -> None:
    for _ in range(3):
        send(service, kind, answer(SENT[kind]))
    assert [call.connection for call in service.received] == [1, 1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_that_the_service_closed_while_idle_does_no_harm(service: ScriptedService, kind: str) -> None:
    send(service, kind, answer(SENT[kind], then="close"))
    service.wait_until_closed()
    send(service, kind, answer(SENT[kind]))
    assert [call.connection for call in service.received] == [1, 2]


def test_a_connection_idle_for_long_is_not_trusted(service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> None:
    send(service, "telegram", answer(TELEGRAM_SENT))
    monkeypatch.setattr(wire, "IDLE_SECONDS", 0.0)
    send(service, "telegram", answer(TELEGRAM_SENT))
    assert [call.connection for call in service.received] == [1, 2]


def test_threads_share_idle_connections(service: ScriptedService) -> None:
    for _ in range(5):
        thread = threading.Thread(target=send, args=(service, "telegram", answer(TELEGRAM_SENT)))
        thread.start()
        thread.join()
    assert {call.connection for call in service.received} == {1}
    assert len(service.received) == 5


def test_a_forked_child_opens_its_own_connection(service: ScriptedService) -> None:
    send(service, "telegram", answer(TELEGRAM_SENT))
    service.steps.append(answer(TELEGRAM_SENT))
    child = os.fork()
    if child == 0:
        try:
            get_channel("telegram").send(credentials(service), outgoing())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    send(service, "telegram", answer(TELEGRAM_SENT))
    assert [call.connection for call in service.received] == [1, 2, 1]


def test_no_cookie_passes_from_one_account_to_another(service: ScriptedService) -> None:
    send(service, "whatsapp", answer(WHATSAPP_SENT, headers={"Set-Cookie": "session=a; Path=/"}))
    send(service, "whatsapp", answer(WHATSAPP_SENT))
    assert "cookie" not in service.received[1].headers


def test_a_netrc_file_does_not_replace_the_token(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    send(service, "whatsapp", answer(WHATSAPP_SENT))
    send(service, "telegram", answer(TELEGRAM_SENT))
    assert service.received[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in service.received[1].headers


# Secrets


@pytest.mark.parametrize(
    "steps",
    [
        [Step(then="close")],
        [Step(data=b"garbage\r\n\r\n", then="close")],
        [Step(data=b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n{}", then="close")],
        [refused(400, f"Bad Request: at https://api.telegram.org/bot{TOKEN}/x")],
        [refused(400, 'Bad Request: can\'t parse entities: "hola"')] * 2,
        [answer(TELEGRAM_SENT)],
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_neither_token_nor_text_is_in_an_error_or_a_log(
    service: ScriptedService, kind: str, steps: list[Step], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chain: BaseException | None = None
    try:
        send(service, kind, *steps)
    except TransportError as error:
        chain = error
    shown = [caplog.text, repr(credentials(service)), repr(service.received and get_channel(kind))]
    while chain is not None:
        shown += [str(chain), repr(chain), repr(chain.__dict__)]
        chain = chain.__cause__ or chain.__context__
    assert not any("secret_token" in each or "hola" in each for each in shown)


def test_an_unreachable_service_is_not_named_with_its_secret_url(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = failure(ScriptedService(base_url="http://127.0.0.1:1"), "telegram")
    assert "secret_token" not in f"{error!r}{error.__context__!r}{error.__cause__!r}{caplog.text}"


@pytest.mark.parametrize("token", ["with space", "ñandú", "line\nbreak", ""])
def test_a_token_that_cannot_be_one_is_refused_before_the_wire(service: ScriptedService, token: str) -> None:
    with pytest.raises(TransportError) as caught:
        get_channel("whatsapp").send(credentials(service, token=token), outgoing())
    assert flags(caught.value) == {"unauthorized"}
    assert service.received == []
