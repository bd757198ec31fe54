"""Who wants no messages that they did not ask for gets none, at once; what they ask for they still get."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging import gates, outbox
from messaging.models import Conversation, DeadLetter, Delivery
from messaging.turn_end import Manner
from tenants_app.models import Consent, Contact
from tenants_app.scope import tenant_scope
from tests.house import ALICE, CHARLIE, House
from tests.test_deliveries import drain
from tests.test_turns import set_tenant
from tests.test_window import Policy, deliveries, says_late, sent_templates, statuses, tell, words

UNASKED = Manner(proactive=True, purpose="message")
NOTE = "The person wants no messages that they did not ask for."


def prefers(house: House, value: str, at: float | None = None, who: str = ALICE) -> None:
    """They set it in WhatsApp."""
    wish = {
        "wa_id": who,
        "detail": "User requested it",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(at or time.time()),
    }
    metadata = {"display_phone_number": "15550109999", "phone_number_id": house.phone_number_id}
    contacts = [{"profile": {"name": "Alicia Núñez"}, "wa_id": who}]
    node = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, "user_preferences": [wish]}
    entry = {"id": house.waba_id, "changes": [{"field": "user_preferences", "value": node}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    assert house.post_whatsapp(body).status_code == 200


def opted_out(house: House) -> bool:
    with tenant_scope(house.tenant):
        return Contact.objects.get(name="Alice").opted_out_at is not None


def wait_in_the_outbox(house: House, **fields: Any) -> None:
    """An unasked message for Alice that is not due for an hour."""
    tell(house, words("later"), UNASKED)
    with tenant_scope(house.tenant):
        later = {"status": "pending", "due_at": timezone.now() + timedelta(hours=1), **fields}
        newest = Delivery.objects.order_by("created_at").last()
        assert newest is not None
        Delivery.objects.filter(pk=newest.pk).update(**later)


@pytest.fixture
def asked(house: House) -> House:
    """Alice has written, and has an answer."""
    house.script({"text": "Hello"}, {"text": "At nine"}, {"text": "Bye"})
    house.says("hi")
    house.work()
    return house


@pytest.mark.parametrize("how", ["word", "service"])
@pytest.mark.parametrize("waits", ["pending", "held"])
def test_what_waits_is_withdrawn_at_once(asked: House, how: str, waits: str) -> None:
    wait_in_the_outbox(asked, status=waits)
    if how == "word":
        asked.says("¡Alto!" if waits == "held" else "STOP")
    else:
        prefers(asked, "stop")
    assert deliveries(asked)[-1] == ("withdrawn", NOTE)
    assert opted_out(asked)
    with tenant_scope(asked.tenant):
        source = Consent.objects.get(given=False).source
    assert source == ("message" if how == "word" else "service")


def test_what_is_put_into_the_outbox_afterwards_is_stopped_and_answers_go(asked: House) -> None:
    prefers(asked, "stop")
    tell(asked, words("Buy one, get two"), UNASKED)
    assert deliveries(asked)[-1] == ("withdrawn", NOTE)
    asked.says("When do you open?")
    asked.work()
    assert asked.sent() == ["Hello", "At nine"]


def test_no_template_goes_to_them_either(asked: House) -> None:
    prefers(asked, "stop")
    says_late(asked, "hm")
    with tenant_scope(asked.tenant):
        Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(days=2))
    tell(asked, words("Buy one, get two"), UNASKED)
    assert sent_templates(asked) == []
    assert statuses(asked)[-1] == "withdrawn"


def test_the_stop_itself_is_confirmed_and_start_reopens(asked: House) -> None:
    asked.says("Stop.")
    asked.work()
    confirmed = asked.sent()
    assert len(confirmed) == 2
    assert "START" in confirmed[-1]
    asked.says("START")
    asked.work()
    assert not opted_out(asked)
    tell(asked, words("Buy one, get two"), UNASKED)
    assert asked.sent()[-1] == "Buy one, get two"
    with tenant_scope(asked.tenant):
        assert list(Consent.objects.order_by("at", "id").values_list("given", flat=True)) == [False, True]


def test_the_service_tells_of_both_and_late_or_double_news_changes_nothing(asked: House) -> None:
    now = time.time()
    prefers(asked, "stop", at=now - 20)
    prefers(asked, "stop", at=now - 20)
    prefers(asked, "resume", at=now - 10)
    prefers(asked, "stop", at=now - 20)
    assert not opted_out(asked)
    with tenant_scope(asked.tenant):
        kept = [(row.given, row.source, row.category) for row in Consent.objects.order_by("at")]
        letters = list(DeadLetter.objects.order_by("id").values_list("reason", flat=True))
    assert kept == [(False, "service", "marketing_messages"), (True, "service", "marketing_messages")]
    assert letters[0] == "Preference: marketing_messages, no more; heeded"
    assert letters[1] == "Preference: marketing_messages, no more; it was so already, or is out of date"
    assert len(letters) == 4


def test_a_preference_of_somebody_unknown_is_kept(house: House) -> None:
    prefers(house, "stop", who=CHARLIE)
    with tenant_scope(house.tenant):
        assert "nobody is known" in DeadLetter.objects.get().reason
        assert not Consent.objects.exists()


def test_others_in_the_business_still_get_theirs(asked: House) -> None:
    """And what goes into a group is not one person's to stop."""
    prefers(asked, "stop", who="15550100002")
    tell(asked, words("For Alice"), UNASKED)
    assert asked.sent()[-1] == "For Alice"
    prefers(asked, "stop")
    with tenant_scope(asked.tenant):
        Conversation.objects.update(is_group=True)
    tell(asked, words("For the group"), UNASKED)
    assert asked.sent()[-1] == "For the group"


def test_held_for_somebody_who_stopped_does_not_go_out_when_they_write(house: House) -> None:
    """It was held before; the word that they want no more came while the sender was away."""
    set_tenant(house, window_policy=Policy.HOLD)
    house.script({"text": "Old answer"}, {"text": "New answer"})
    says_late(house, "hello")
    house.work()
    tell(house, words("Buy one, get two"), UNASKED)
    assert statuses(house) == ["held", "held"]
    prefers(house, "stop")
    assert statuses(house) == ["held", "withdrawn"]
    house.says("What about my question?")
    house.work()
    assert house.sent() == ["Old answer", "New answer"]


def test_a_stop_at_the_same_moment_as_the_send_is_kept_by_one_or_the_other(asked: House) -> None:
    wait_in_the_outbox(asked, due_at=None)
    with ThreadPoolExecutor(2) as threads:
        stopping = threads.submit(prefers, asked, "stop")
        sending = threads.submit(drain, asked)
        stopping.result()
        sending.result()
    drain(asked)
    sent = asked.sent().count("later")
    assert (sent, statuses(asked)[-1]) in [(2, "sent"), (1, "withdrawn")], "once before it was set back"


def test_withdrawing_leaves_what_is_on_its_way(asked: House) -> None:
    wait_in_the_outbox(asked, status="sending")
    with tenant_scope(asked.tenant):
        assert gates.withdraw_proactive(Contact.objects.get(name="Alice")) == 0
    assert statuses(asked)[-1] == "sending"
    assert outbox.WINDOWS == '{"whatsapp": 86340.0}'
