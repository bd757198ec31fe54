"""Outside WhatsApp's 24 hours: what becomes of a message, by the tenant's policy, and by the service's own word."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging import outbox, window, work
from messaging.channels.base import Choice, ChoicePart, Part, Sent, TextPart
from messaging.models import Conversation, Delivery, Template, Work
from messaging.turn_end import ANSWER, Manner, say
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE, ALICE_ON_TELEGRAM, House
from tests.test_deliveries import drain, status_body
from tests.test_races import answered_not_sent
from tests.test_turns import make_due, set_tenant

Policy = Tenant.Window
DAY = 24 * 3600


def says_late(house: House, text: str, hours: float = 25) -> None:
    """What the person wrote so long ago comes only now."""
    sent = str(int(time.time() - hours * 3600))
    assert house.post_whatsapp(house.whatsapp_body(house.text(text, timestamp=sent))).status_code == 200


def after_a_day(house: House) -> None:
    """The person's last message becomes a day older, as the days do."""
    with tenant_scope(house.tenant):
        for chat in Conversation.objects.filter(account__kind="whatsapp", last_inbound_at__isnull=False):
            older = (chat.last_inbound_at or timezone.now()) - timedelta(seconds=DAY)
            Conversation.objects.filter(pk=chat.pk).update(last_inbound_at=older)


def tell(house: House, parts: Sequence[Part], manner: Manner = ANSWER, text: str = "") -> None:
    """Something of ours for Alice on WhatsApp, sent as the sweep would."""
    with tenant_scope(house.tenant):
        chat = Conversation.objects.select_for_update().get(account__kind="whatsapp", chat_id=ALICE)
        say(chat, None, text, parts, timezone.now(), manner)
    drain(house)


def words(*texts: str) -> list[TextPart]:
    return [TextPart(text=text, plain=text) for text in texts]


def deliveries(house: House) -> list[tuple[str, str]]:
    with tenant_scope(house.tenant):
        return list(Delivery.objects.order_by("created_at", "seq").values_list("status", "note"))


def statuses(house: House) -> list[str]:
    return [status for status, _ in deliveries(house)]


def note(house: House) -> str:
    return deliveries(house)[-1][1]


def sent_templates(house: House) -> list[tuple[str, str, list[str]]]:
    """Name, language and values of each template that WhatsApp was asked to send."""
    bodies = [call["body"] for call in house.whatsapp.calls(containing="/messages")]
    return [
        (
            body["template"]["name"],
            body["template"]["language"]["code"],
            [each["text"] for part in body["template"]["components"] for each in part["parameters"]],
        )
        for body in bodies
        if body.get("type") == "template"
    ]


def set_templates(house: House, **fields: Any) -> None:
    with tenant_scope(house.tenant):
        Template.objects.update(**fields)


# --- a closed window is known before sending --------------------------------------------------------------------------


def test_a_late_answer_goes_out_as_the_template_for_messages(house: House) -> None:
    house.script({"text": "**Two** tables are free.\n\n- by the window\n- outside\t   in the yard"})
    says_late(house, "Any table free?")
    house.work()
    value = "Two tables are free. - by the window - outside in the yard"
    assert sent_templates(house) == [("assistant_message", "en", [value])]
    assert house.sent() == []
    assert deliveries(house) == [("sent", "Outside the 24-hour window: sent as template assistant_message (en)")]
    with tenant_scope(house.tenant):
        payload = Delivery.objects.get().payload
    assert payload["plain"].startswith("Two tables are free.\n")
    assert payload["instead"]["plain"] == f"Your assistant has a message for you: {value}"


def test_within_the_window_and_its_margin_a_text_is_a_text(house: House) -> None:
    house.script({"text": "In time"}, {"text": "Too near"})
    says_late(house, "one", hours=23.9)
    house.work()
    assert house.sent() == ["In time"]
    with tenant_scope(house.tenant):
        chat = Conversation.objects.get()
        Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(seconds=DAY - 30))
        assert window.closes_at(chat) is not None
    tell(house, words("Too near"))
    assert [values for _, _, values in sent_templates(house)] == [["Too near"]]


@pytest.mark.parametrize(
    ("own", "tenants", "used"), [("es-MX", "en", "es"), ("", "es", "es"), ("pt", "en", "en"), ("de", "es", "es")]
)
def test_the_template_is_in_their_language_else_in_the_tenants_else_in_english(
    house: House, own: str, tenants: str, used: str
) -> None:
    with tenant_scope(house.tenant):
        Contact.objects.filter(name="Alice").update(language=own)
    set_tenant(house, language=tenants)
    house.script({"text": "Hola"})
    says_late(house, "¿hay mesa?")
    house.work()
    assert sent_templates(house) == [("assistant_message", used, ["Hola"])]


def test_a_purpose_has_its_own_template(house: House) -> None:
    says_late(house, "hello")
    house.work()
    tell(house, words("Call Núñez at 10"), Manner(proactive=True, purpose="reminder"))
    tell(house, words("Rain today"), Manner(proactive=True, purpose="weather"))
    assert sent_templates(house)[-2:] == [
        ("reminder", "en", ["Alice", "Call Núñez at 10"]),
        ("assistant_message", "en", ["Rain today"]),
    ]


@pytest.mark.parametrize("status", [Template.Status.PENDING, Template.Status.REJECTED, Template.Status.PAUSED])
def test_without_an_approved_template_it_is_held(house: House, status: str) -> None:
    set_templates(house, status=status)
    house.script({"text": "Yes"})
    says_late(house, "Any table free?")
    house.work()
    assert (house.sent(), sent_templates(house)) == ([], [])
    assert statuses(house) == ["held"]
    assert "held until they write; the account has no approved template for a message in en" in note(house)


def test_what_no_template_takes_is_held(house: House) -> None:
    house.script({"text": "word " * 220})
    says_late(house, "Tell me all")
    house.work()
    assert (house.sent(), sent_templates(house), statuses(house)) == ([], [], ["held"])
    assert "no approved template takes it (1099 characters)" in note(house)


def test_a_template_that_wants_more_than_a_text_is_not_used(house: House) -> None:
    picture = {"type": "HEADER", "format": "IMAGE"}
    set_templates(house, components=[picture, {"type": "BODY", "text": "Your assistant has a message for you: {{1}}"}])
    house.script({"text": "Yes"})
    says_late(house, "hello")
    house.work()
    assert (sent_templates(house), statuses(house)) == ([], ["held"])


def test_buttons_are_held_and_the_text_before_them_goes(house: House) -> None:
    says_late(house, "hello")
    house.script({"text": "Hi"})
    house.work()
    days = ChoicePart(text="When?", plain="When?", choices=[Choice(id="m", title="Monday")])
    tell(house, [*words("Pick a day."), days])
    assert sent_templates(house)[-1] == ("assistant_message", "en", ["Pick a day."])
    assert deliveries(house)[-1] == (
        "held",
        "Outside the 24-hour window: held until they write; the message's beginning went as a template.",
    )
    tell(house, [days])
    assert "a choice goes into no template" in note(house)


def test_the_pieces_of_a_message_go_together_in_one_template(house: House) -> None:
    says_late(house, "hello")
    house.work()
    tell(house, words("First.", "Second."))
    assert sent_templates(house)[-1][2] == ["First. Second."]
    assert statuses(house)[-2:] == ["sent", "withdrawn"]


def test_where_they_are_too_long_together_the_rest_is_held_until_they_write(house: House) -> None:
    says_late(house, "hello")
    house.work()
    tell(house, words("First.", "x" * 1020, "Third."))
    assert sent_templates(house)[-1][2] == ["First."]
    assert statuses(house)[-3:] == ["sent", "held", "held"]
    house.script({"text": "Welcome back"})
    house.says("I'm back")
    house.work()
    assert house.sent() == ["x" * 1020, "Third.", "Welcome back"]
    assert statuses(house)[-4:] == ["sent"] * 4
    assert deliveries(house)[-2][1] == "Was held until they wrote."


def test_with_the_policy_to_hold_it_waits_and_goes_out_in_order_when_they_write(house: House) -> None:
    set_tenant(house, window_policy=Policy.HOLD)
    house.script({"text": "Late one"}, {"text": "Now"})
    says_late(house, "hello")
    house.work()
    tell(house, words("Late two"), Manner(proactive=True))
    assert (house.sent(), sent_templates(house), statuses(house)) == ([], [], ["held", "held"])
    assert "so this business wants it" in note(house)
    house.says("I'm back")
    house.work()
    assert house.sent() == ["Late one", "Late two", "Now"]
    assert statuses(house) == ["sent"] * 3


def test_what_was_held_for_days_is_tried_more_than_once(house: House) -> None:
    set_tenant(house, window_policy=Policy.HOLD)
    house.script({"text": "Late"}, {"text": "Now"})
    says_late(house, "hello")
    house.work()
    with tenant_scope(house.tenant):
        Delivery.objects.update(created_at=timezone.now() - timedelta(days=3))
    house.whatsapp.post("faults", faults=[{"kind": "error", "status": 500}], match={"method": "messages"})
    house.says("I'm back")
    house.work()
    make_due(house)
    drain(house)
    assert house.sent() == ["Late", "Late", "Now"]
    assert statuses(house) == ["sent", "sent"]


# --- another channel --------------------------------------------------------------------------------------------------


@pytest.fixture
def both(house: House) -> House:
    """Alice writes on both channels, on WhatsApp last of all a day ago."""
    house.connect_telegram()
    with tenant_scope(house.tenant):
        one, other = Contact.objects.filter(name="Alice").order_by("created_at")
        other.addresses.update(contact=one)
        other.delete()
    house.telegram.post(
        "inbound",
        account=house.bot_token,
        **{"from": {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}, "type": "text", "text": "hello, bot"},
    )
    set_tenant(house, window_policy=Policy.OTHER_CHANNEL)
    house.script({"text": "Hi here"}, {"text": "**Two** tables & more"})
    house.telegrams("hi")
    house.work()
    return house


def test_it_goes_over_the_persons_other_channel_in_that_ones_format(both: House) -> None:
    says_late(both, "Any table free?")
    both.work()
    assert both.sent_by_telegram() == ["Hi here"]
    drain(both)
    assert both.sent_by_telegram() == ["Hi here", "<b>Two</b> tables &amp; more"]
    assert (both.sent(), sent_templates(both)) == ([], [])
    assert deliveries(both)[1] == ("withdrawn", "Outside the 24-hour window: sent over Telegram instead.")
    with tenant_scope(both.tenant):
        moved = Delivery.objects.select_related("conversation").order_by("created_at").last()
    assert moved is not None
    assert (moved.conversation.chat_id, moved.status) == (ALICE_ON_TELEGRAM, "sent")


def test_what_cannot_be_parsed_back_goes_as_it_stands(both: House) -> None:
    says_late(both, "hello")
    both.work()
    days = ChoicePart(text="*When*?", plain="When?", choices=[Choice(id="m", title="Monday")])
    tell(both, [*words("2 < 3"), days])
    for _ in range(2):  # Telegram wants a second between two
        make_due(both)
        drain(both)
    assert both.sent_by_telegram()[-2:] == ["2 &lt; 3", "When?"]


@pytest.mark.parametrize("why", ["blocked", "taken over", "no other"])
def test_without_another_channel_that_can_be_written_to_it_is_held(both: House, why: str) -> None:
    with tenant_scope(both.tenant):
        telegram = Conversation.objects.filter(account__kind="telegram")
        if why == "blocked":
            telegram.get().contact.addresses.filter(kind="telegram").update(unreachable_at=timezone.now())
        elif why == "taken over":
            telegram.update(paused_until=timezone.now() + timedelta(hours=1))
        else:
            stranger = Contact.objects.create(tenant=both.tenant)
            telegram.update(contact=stranger)
    says_late(both, "Any table free?")
    both.work()
    drain(both)
    assert both.sent_by_telegram() == ["Hi here"]
    assert statuses(both)[-1] == "held"
    assert "on no other channel now" in note(both)


def test_told_by_many_at_once_it_goes_over_the_other_channel_once(both: House) -> None:
    both.says("Any table free?")
    both.work()
    assert both.sent() == ["*Two* tables & more"]
    body = failed(both, "131047")
    with ThreadPoolExecutor(4) as threads:
        assert [answer.status_code for answer in threads.map(both.post_whatsapp, [body] * 8)] == [200] * 8
    drain(both)
    assert both.sent_by_telegram() == ["Hi here", "<b>Two</b> tables &amp; more"]
    assert statuses(both)[1] == "withdrawn"


# --- the service says so ----------------------------------------------------------------------------------------------


def failed(house: House, code: str, **more: Any) -> bytes:
    """The status with which WhatsApp tells that the newest message has failed."""
    with tenant_scope(house.tenant):
        row = Delivery.objects.filter(conversation__account__kind="whatsapp").latest("sending_at")
    errors = [{"code": int(code), "title": "Re-engagement message", "error_data": {"details": "More than 24 hours"}}]
    return status_body(house, "failed", row.external_id, str(row.pk), errors=errors, **more)


@pytest.mark.parametrize(
    ("policy", "status", "used"),
    [(Policy.TEMPLATE, "sent", 1), (Policy.HOLD, "held", 0), (Policy.OTHER_CHANNEL, "held", 0)],
)
def test_its_answer_that_the_window_is_closed_leads_to_the_same(
    house: House, policy: str, status: str, used: int
) -> None:
    set_tenant(house, window_policy=policy)
    house.whatsapp.post("settings", window_answer="direct")
    house.script({"text": "Hello"})
    house.says("hi")
    house.work()
    assert house.sent() == ["Hello"], "tried, and refused with 131047"
    assert statuses(house) == [status]
    assert len(sent_templates(house)) == used
    drain(house)
    assert len(house.sent()) == 1


@pytest.mark.parametrize("policy", [Policy.TEMPLATE, Policy.HOLD])
def test_its_report_later_leads_to_the_same_however_often_it_is_told(house: House, policy: str) -> None:
    set_tenant(house, window_policy=policy)
    house.script({"text": "Hello"}, {"text": "Welcome"})
    house.says("hi")
    house.work()
    body = failed(house, "131047")
    for _ in range(3):
        assert house.post_whatsapp(body).status_code == 200
        drain(house)
    as_template = policy == Policy.TEMPLATE
    assert (len(sent_templates(house)), statuses(house)) == ((1, ["sent"]) if as_template else (0, ["held"]))
    house.says("again")
    house.post_whatsapp(body)  # told once more, while what was held waits to be sent
    house.work()
    house.post_whatsapp(body)
    drain(house)
    assert house.sent() == (["Hello", "Welcome"] if as_template else ["Hello", "Hello", "Welcome"])
    assert statuses(house) == ["sent", "sent"]


def test_a_report_that_is_faster_than_the_answer_is_not_forgotten(house: House) -> None:
    """The send was accepted; before that is written down, the status says that it failed."""
    claim = answered_not_sent(house, "Hello")
    head = outbox.next_head(claim)
    assert head is not None
    with tenant_scope(house.tenant):
        Delivery.objects.update(external_id="wamid.1")
    body = failed(house, "131047")
    assert house.post_whatsapp(body).status_code == 200
    outbox.settle(claim, head, Sent(external_id="wamid.1"))
    outbox.drain(claim)
    assert [values for _, _, values in sent_templates(house)] == [["Hello"]]
    assert statuses(house) == ["sent"]


def test_a_template_that_is_gone_is_marked_and_the_next_one_goes(house: House) -> None:
    """It was deleted at the service since it was listed."""
    with tenant_scope(house.tenant):
        Contact.objects.filter(name="Alice").update(language="es")
    change_at_service(house, "assistant_message", "es", "DELETED")
    house.script({"text": "Hola"})
    says_late(house, "¿hay mesa?")
    house.work()
    assert [language for _, language, _ in sent_templates(house)] == ["es", "en"]
    assert statuses(house) == ["sent"]
    assert state_of(house, "assistant_message", "es") == Template.Status.GONE


def change_at_service(house: House, name: str, language: str, status: str) -> None:
    given = [{"name": name, "language": language, "status": status}]
    house.whatsapp.post("templates", waba_id=house.waba_id, templates=given)


def state_of(house: House, name: str, language: str) -> str:
    with tenant_scope(house.tenant):
        return Template.objects.get(name=name, language=language).status


def test_when_all_are_paused_it_is_held_and_goes_when_they_write(house: House) -> None:
    for language in ("en", "es"):
        change_at_service(house, "assistant_message", language, "PAUSED")
    house.script({"text": "Yes"}, {"text": "Welcome"})
    says_late(house, "Any table free?")
    house.work()
    assert [name for name, _, _ in sent_templates(house)] == ["assistant_message"]
    assert statuses(house) == ["held"]
    assert state_of(house, "assistant_message", "en") == Template.Status.PAUSED
    house.says("I'm back")
    house.work()
    assert house.sent() == ["Yes", "Welcome"]


def test_pieces_that_were_to_go_along_are_held_with_the_first_when_no_template_goes(house: House) -> None:
    says_late(house, "hello")
    house.work()
    change_at_service(house, "assistant_message", "en", "DISABLED")
    tell(house, words("First.", "Second."))
    assert statuses(house)[-2:] == ["held", "held"]
    house.script({"text": "Welcome"})
    house.says("I'm back")
    house.work()
    assert house.sent() == ["First.", "Second.", "Welcome"]


def test_a_template_that_does_not_take_the_text_is_tried_once_and_not_marked(house: House) -> None:
    """Its text was changed at the service, and has no place for ours."""
    given = [{"name": "assistant_message", "language": "en", "body": "Write to us!"}]
    house.whatsapp.post("templates", waba_id=house.waba_id, templates=given)
    house.script({"text": "Yes"})
    says_late(house, "Any table free?")
    house.work()
    assert (len(sent_templates(house)), statuses(house)) == (1, ["held"])
    assert state_of(house, "assistant_message", "en") == Template.Status.APPROVED


# --- taken over, and whoever comes at the same moment -----------------------------------------------------------------


def test_who_took_over_is_not_talked_over(house: House) -> None:
    claim = answered_not_sent(house, "Hello")
    with tenant_scope(house.tenant):
        Conversation.objects.update(ownership=1)
    outbox.drain(claim)
    assert house.sent() == []
    assert deliveries(house) == [("withdrawn", "One of the team took over before it was sent.")]
    tell(house, words("For whoever has it"), Manner(whoever_has_it=True))
    assert house.sent() == ["For whoever has it"]


def test_a_person_who_writes_at_the_moment_of_holding_gets_it(house: House) -> None:
    """The sender has seen a closed window; before it holds the message, the person has written."""
    set_tenant(house, window_policy=Policy.HOLD)
    claim = answered_not_sent(house, "Hello")
    after_a_day(house)
    with tenant_scope(house.tenant):
        assert outbox.look(claim).stop == "window"
    house.says("here I am")
    head = outbox.past_stops(claim)
    assert head is not None
    assert head.payload["plain"] == "Hello"


def test_two_workers_send_one_template(house: House) -> None:
    answered_not_sent(house, "Hello")
    after_a_day(house)
    with tenant_scope(house.tenant):
        Work.objects.filter(kind=Work.Kind.SEND).update(lease_until=timezone.now(), due_at=timezone.now())
    work.wake_lane(house.tenant.pk, Work.Kind.SEND)
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(drain, house) for _ in range(2)]:
            done.result()
    assert len(sent_templates(house)) == 1
    assert statuses(house) == ["sent"]


def test_a_worker_that_died_while_sending_a_template_leaves_it_in_doubt(house: House) -> None:
    claim = answered_not_sent(house, "Hello")
    after_a_day(house)
    head = outbox.next_head(claim)
    assert head is not None
    assert head.payload["kind"] == "template"
    work.give_back(claim)
    drain(house)
    assert (sent_templates(house), statuses(house)) == ([], ["in_doubt"])
