"""Drafts on Telegram: the answer is seen while it is written, and what is shown never touches what is sent."""

from __future__ import annotations

import time
from typing import Any

import pytest

from messaging import drafts
from messaging.channels import get_channel
from messaging.channels.base import Credentials, TransportError
from messaging.credentials import credentials
from messaging.models import Delivery, Turn
from messaging.presence import presence
from messaging.turn_begin import Plan
from tenants_app.scope import tenant_scope
from tests.house import House, forget_limits, wait_for
from tests.test_answers import GROUP, home, uses
from tests.webhook_door import does

__all__ = ["home"]

STORY = "One **two** three four five six seven eight nine ten. " * 6


def calls_of(house: House, *methods: str) -> list[tuple[str, dict[str, Any]]]:
    """These methods of the Bot API, as they were called."""
    named = [(call["path"].rpartition("/")[2], call["body"]) for call in house.telegram.calls(containing="/bot")]
    return [(name, body) for name, body in named if name in methods]


def opened(house: House) -> Credentials:
    found = credentials.get(house.tenant.pk, house.accounts["telegram"].pk)
    assert found is not None
    return found


def tells(house: House, text: str = "tell me a story", channel: str = "telegram", **more: Any) -> None:
    does(house, channel, "text", text=text, **more)
    forget_limits()
    house.work()


def test_the_answer_grows_as_a_draft_and_ends_as_a_message(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "EVERY", 0.1)
    home.script({"text": STORY, "chunk_delay": 0.05})
    tells(home)
    calls = calls_of(home, "sendMessageDraft", "sendMessage")
    assert [name for name, _ in calls] == ["sendMessageDraft"] * (len(calls) - 1) + ["sendMessage"]
    shown = [body["text"] for _, body in calls[:-1]]
    assert len(shown) >= 2
    whole = calls[-1][1]["text"]
    assert [len(text) for text in shown] == sorted({len(text) for text in shown})
    assert whole.startswith(shown[0].removesuffix("</b>")[:10])
    with tenant_scope(home.tenant):
        draft_id = Turn.objects.get().pk.int % (2**31 - 1) + 1
        assert Delivery.objects.get().status == Delivery.Status.SENT
    assert {body["draft_id"] for _, body in calls[:-1]} == {draft_id}
    assert {body["chat_id"] for _, body in calls} == {700001}


def test_no_more_drafts_are_shown_than_one_in_its_time(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "EVERY", 600.0)
    home.script({"text": STORY, "chunk_delay": 0.01})
    tells(home)
    assert [name for name, _ in calls_of(home, "sendMessageDraft", "sendMessage")] == [
        "sendMessageDraft",
        "sendMessage",
    ]


def test_only_the_reply_that_is_being_written_is_shown(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "EVERY", 0.05)
    looking = {"content": [{"type": "text", "text": "Let me look. " * 8}, *uses("current_time")["content"]]}
    home.script({**looking, "chunk_delay": 0.05}, {"text": STORY, "chunk_delay": 0.05})
    tells(home)
    shown = [body["text"] for _, body in calls_of(home, "sendMessageDraft")]
    assert any(text.startswith("Let me look.") for text in shown)
    assert any(text.startswith("One") for text in shown)
    assert not any("Let me look" in text and "One" in text for text in shown)
    assert len({body["draft_id"] for _, body in calls_of(home, "sendMessageDraft")}) == 1


def test_in_a_group_and_on_whatsapp_there_are_none(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "EVERY", 0.0)
    home.script({"text": STORY, "chunk_delay": 0.02}, times=2)
    tells(home, f"@sim_{home.bot_token.partition(':')[0]}_bot a story please", chat=GROUP)
    tells(home, channel="whatsapp")
    assert [name for name, _ in calls_of(home, "sendMessageDraft", "sendMessage")] == ["sendMessage"]
    assert len(home.sent()) == 1


def test_a_service_that_asks_for_rest_gets_it_and_the_answer_goes_out_as_ever(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "EVERY", 0.0)
    many = {"kind": "rate_limit", "retry_after": 600, "match": {"method": "sendMessageDraft"}}
    home.telegram.post("faults", faults=[many])
    home.script({"text": STORY, "chunk_delay": 0.05})
    tells(home)
    assert [name for name, _ in calls_of(home, "sendMessageDraft", "sendMessage")] == [
        "sendMessageDraft",
        "sendMessage",
    ]


@pytest.mark.parametrize("fault", [{"kind": "error", "status": 500}, {"kind": "lost_answer"}])
def test_drafts_that_fail_do_not_fail_the_turn(
    home: House, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr(drafts, "EVERY", 0.0)
    home.telegram.post("faults", faults=[{**fault, "match": {"method": "sendMessageDraft"}}], times="always")
    home.script({"text": "A **word**.", "chunk_delay": 0.1})
    tells(home)
    assert calls_of(home, "sendMessage")[0][1]["text"] == "A <b>word</b>."


def test_a_draft_that_hangs_holds_up_nothing(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[drafts.Draft] = []

    def draft_for(plan: Plan) -> drafts.Draft | None:
        draft = really(plan)
        made.extend([draft] if draft is not None else [])
        return draft

    really = drafts.draft_for
    monkeypatch.setattr(drafts, "draft_for", draft_for)
    hang = {"kind": "hang", "seconds": 8, "match": {"method": "sendMessageDraft"}}
    home.telegram.post("faults", faults=[hang])
    home.script({"text": STORY, "chunk_delay": 0.01})
    tells(home)
    assert [draft.sending for draft in made] == [True]
    assert len(calls_of(home, "sendMessage")) == 1


def test_what_breaks_while_a_draft_is_made_fails_nothing(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def trip(*_: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(get_channel("telegram"), "show_draft", trip)
    home.script({"text": STORY, "chunk_delay": 0.01})
    tells(home)
    assert len(calls_of(home, "sendMessage")) == 1


def test_nothing_more_is_shown_once_the_turn_has_ended(house: House) -> None:
    """A draft that waits for its thread while the answer goes out is dropped: after it, it would stay on the phone."""
    sent: list[str] = []

    class Slow(drafts.Draft):
        def send(self) -> None:
            sent.append("".join(self._pieces))

    account = house.connect_telegram()
    draft = Slow(channel=get_channel("telegram"), credentials=opened(house), chat_id="700001", draft_id=7)
    drafts.drafts.show(account.pk, draft)
    draft.begin()("A word")
    wait_for(lambda: sent == ["A word"])
    drafts.drafts.hide(account.pk, draft)
    draft.add(" more")
    drafts.drafts._send(draft)
    assert sent == ["A word"]


def test_a_pause_that_the_service_asked_for_is_kept_and_then_over(house: House) -> None:
    account = house.connect_telegram()
    tries: list[float] = []

    class Refused(drafts.Draft):
        def send(self) -> None:
            tries.append(time.monotonic())
            if len(tries) == 1:
                raise TransportError("slow down", retry_after=0.5)

        def again_at(self, now: float) -> float:
            return now

    refused = Refused(
        channel=get_channel("telegram"),
        credentials=opened(house),
        chat_id="700001",
        draft_id=7,
        next_at=0,
    )
    presence.show(account.pk, refused)
    wait_for(lambda: len(tries) >= 2)
    presence.hide(account.pk, refused)
    assert tries[1] - tries[0] >= 0.5
