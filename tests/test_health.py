"""What is wrong with an account is found, shown, told to the owner once, and gone when it is mended."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.management import CommandError, call_command

from messaging import health, outbox, work
from messaging.channels.telegram.channel import ALLOWED_UPDATES
from messaging.models import AccountIssue, ChannelAccount, Delivery, Template, Work
from tenants_app.models import AuditEntry, Contact, ContactAddress, OperatorAlert
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role, make_tenant
from tests.house import ALICE_ON_TELEGRAM, House, wait_for
from tooling import credentials

DAY = 86400


@pytest.fixture
def well(house: House) -> House:
    """A house whose number is as it should be, and whose owner has written."""
    account = house.accounts["whatsapp"]
    whatsapp(
        house,
        webhook_url=account.webhook_url,
        app_secret=house.app_secret,
        verify_token="any",
        unverified=True,
        token_expires_at=0,
    )
    house.script({"text": "Hello Alice"})
    house.says("hi")
    house.work()
    return house


@pytest.fixture
def bot(well: House) -> House:
    account = well.connect_telegram()
    alice = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}
    well.telegram.post("inbound", account=well.bot_token, **{"from": alice}, type="text", text="hi")
    well.telegram.post("accounts", token=well.bot_token, webhook_url="")
    reconnect(well, account)
    well.script({"text": "Hello Alice"})
    well.telegrams("hi")
    well.work()
    return well


def reconnect(house: House, account: ChannelAccount) -> None:
    """As Telegram has it after the webhook was set anew, and nothing waits."""
    body = {"url": account.webhook_url, "allowed_updates": list(ALLOWED_UPDATES), "drop_pending_updates": True}
    url = f"{settings.CHANNEL_BASE_URLS['telegram']}/bot{house.bot_token}/setWebhook"
    wait_for(lambda: requests.post(url, json=body, timeout=10).ok)  # once a second


def whatsapp(house: House, **facts: Any) -> None:
    house.whatsapp.post("accounts", phone_number_id=house.phone_number_id, **facts)


def codes(house: House, kind: str = "whatsapp") -> list[str]:
    account = house.accounts[kind]
    return sorted(finding.code for finding in health.check(house.tenant.pk, account.pk))


def open_codes(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return sorted(AccountIssue.objects.filter(resolved_at=None).values_list("code", flat=True))


def alerts(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return sorted(OperatorAlert.objects.filter(resolved_at=None).values_list("kind", flat=True))


def told(house: House) -> list[str]:
    """What the owner was told of accounts, over either channel."""
    send(house)
    return [text for text in [*house.sent(), *house.sent_by_telegram()] if "problem" in text or "problema" in text]


def send(house: House) -> None:
    house.work()
    while (claim := work.claim_next(Work.Kind.SEND)) is not None:
        outbox.drain(claim)


def in_days(days: float) -> int:
    return int(time.time() + days * DAY)


def test_a_healthy_number_has_no_issue(well: House) -> None:
    assert codes(well) == []
    assert (open_codes(well), alerts(well), told(well)) == ([], [], [])
    with tenant_scope(well.tenant):
        assert ChannelAccount.objects.get().checked_at is not None
    paths = [call["path"].split("?")[0] for call in well.whatsapp.calls("GET")]
    assert any(path.endswith("/debug_token") for path in paths)
    assert any(path.endswith(f"/{well.waba_id}/subscribed_apps") for path in paths)


@pytest.mark.parametrize(
    ("facts", "code", "severity", "words"),
    [
        ({"quality_rating": "YELLOW"}, "quality_low", "warning", "yellow"),
        ({"quality_rating": "RED"}, "quality_low", "error", "red"),
        ({"status": "FLAGGED"}, "quality_low", "warning", "low"),
        (
            {"registered": False},
            "number_not_registered",
            "error",
            "register_number --tenant acme --number 1065403522429",
        ),
        ({"status": "RESTRICTED"}, "number_restricted", "error", "RESTRICTED"),
        ({"status": "RATE_LIMITED"}, "rate_limited", "warning", "tomorrow"),
        ({"webhook_url": None}, "webhook_not_set", "error", "/webhooks/whatsapp/"),
        (
            {"override_url": "https://u:pw@other.example/hook?secret=x"},
            "webhook_elsewhere",
            "error",
            "//other.example/",
        ),
        ({"waba_override_url": "https://other.example/hook"}, "webhook_elsewhere", "error", "//other.example/hook"),
        ({"subscribed": False}, "not_subscribed", "error", "onboard --slug acme --channel whatsapp"),
        ({"token_expires_at": in_days(10)}, "token_expires", "warning", "never expires"),
        ({"token_expires_at": in_days(1)}, "token_expires", "error", "never expires"),
        ({"data_access_expires_at": in_days(5)}, "data_access_expires", "warning", "sign in"),
        ({"locked": True}, "account_locked", "error", "disabled"),
        ({"unpaid": True}, "payment", "error", "card"),
    ],
)
def test_what_the_service_tells_is_an_issue_with_its_fix(
    well: House, facts: dict[str, Any], code: str, severity: str, words: str
) -> None:
    whatsapp(well, **facts)
    assert codes(well) == [code]
    with tenant_scope(well.tenant):
        issue = AccountIssue.objects.get()
        assert (issue.code, issue.severity, issue.resolved_at) == (code, severity, None)
        assert words in f"{issue.text} {issue.fix}"
        assert issue.fix
        assert not {"pw", "secret=x", "EAAG-token"} & set(issue.text.replace("@", " ").split())
    assert alerts(well) == [f"account.{code}"]


def test_a_token_that_ends_in_a_year_is_no_issue(well: House) -> None:
    whatsapp(well, token_expires_at=in_days(365), data_access_expires_at=in_days(60))
    assert codes(well) == []


def test_the_owner_is_told_once_and_the_issue_ends_when_mended(well: House) -> None:
    whatsapp(well, quality_rating="YELLOW")
    codes(well)
    [word] = told(well)
    assert "yellow" in word
    assert "What to do" in word
    codes(well)
    assert len(told(well)) == 1
    with tenant_scope(well.tenant):
        assert AccountIssue.objects.get().told_at is not None
    whatsapp(well, quality_rating="GREEN")
    assert codes(well) == []
    assert (open_codes(well), alerts(well)) == ([], [])
    whatsapp(well, quality_rating="RED")  # another time
    codes(well)
    assert len(told(well)) == 2


def test_a_spanish_owner_reads_spanish(well: House) -> None:
    with tenant_scope(well.tenant):
        Contact.objects.filter(role=Contact.Role.OWNER).update(language="es")
    whatsapp(well, quality_rating="RED")
    codes(well)
    [word] = told(well)
    assert "Hay un problema" in word
    assert "Envía mensajes no pedidos solo a quien los aceptó" in word


def test_an_owner_is_told_over_the_channel_that_still_works(bot: House) -> None:
    whatsapp(bot, token_status="expired")
    assert codes(bot) == ["refused"]
    [word] = told(bot)
    assert word in bot.sent_by_telegram()
    assert "onboard --slug acme --channel whatsapp" in word


def test_where_nobody_can_be_told_a_later_check_tells(well: House) -> None:
    whatsapp(well, token_status="revoked")
    codes(well)
    with tenant_scope(well.tenant):
        assert AccountIssue.objects.get().told_at is None
    well.connect_telegram()
    well.script({"text": "Hello"})
    well.telegrams("hi")
    codes(well)
    assert len(told(well)) == 1


def test_a_refused_token_marks_the_account_and_a_mended_one_has_held_sends_go_out(well: House) -> None:
    whatsapp(well, token_status="expired")
    well.script({"text": "Late"})
    well.says("are you there?")
    well.work()
    with tenant_scope(well.tenant):
        account = ChannelAccount.objects.get()
        assert (account.status, account.checked_at) == (ChannelAccount.Status.REFUSED, None)  # the next tick looks
        assert Delivery.objects.get(status=Delivery.Status.PENDING).due_at is not None
    assert open_codes(well) == ["refused"]
    assert codes(well) == ["refused"]
    assert alerts(well) == ["account.refused"]
    whatsapp(well, token_status="valid")
    assert codes(well) == []
    with tenant_scope(well.tenant):
        assert ChannelAccount.objects.get().status == ChannelAccount.Status.ACTIVE
    assert (open_codes(well), alerts(well)) == ([], [])
    send(well)
    assert well.sent()[-1] == "Late"


@pytest.mark.parametrize(
    ("fact", "is_well", "code"),
    [
        ("locked", False, "account_locked"),
        ("unpaid", False, "payment"),
        ("registered", True, "number_not_registered"),
    ],
)
def test_a_send_that_meets_an_account_in_trouble_opens_the_issue(
    well: House, fact: str, is_well: bool, code: str
) -> None:
    whatsapp(well, **{fact: not is_well})
    well.script({"text": "Yes?"})
    well.says("hello?")
    well.work()
    assert open_codes(well) == [code]
    with tenant_scope(well.tenant):
        assert ChannelAccount.objects.get().checked_at is None
    assert codes(well) == [code]
    assert open_codes(well) == [code]
    whatsapp(well, **{fact: is_well})
    assert codes(well) == []
    assert open_codes(well) == []


def test_a_failed_status_that_names_the_account_opens_the_issue(well: House) -> None:
    with tenant_scope(well.tenant):
        delivery = Delivery.objects.get()
    error = {
        "code": 131042,
        "title": "Business eligibility payment issue",
        "error_data": {"details": "Ana's card 4111"},
    }
    status = {
        "id": delivery.external_id,
        "status": "failed",
        "timestamp": str(int(time.time())),
        "recipient_id": "15550100001",
        "errors": [error],
    }
    assert well.post_whatsapp(well.whatsapp_body(statuses=[status])).status_code == 200
    assert open_codes(well) == ["payment"]


def test_a_service_that_is_away_leaves_all_as_it_was(well: House) -> None:
    whatsapp(well, quality_rating="RED")
    codes(well)
    whatsapp(well, quality_rating="GREEN")
    well.whatsapp.post("faults", faults=[{"kind": "error", "status": 503, "code": 2}], match={"method": "object"})
    assert codes(well) == ["unasked"]
    assert open_codes(well) == ["quality_low", "unasked"]
    assert len(told(well)) == 1  # of the quality; that a service is away is not the owner's business
    assert codes(well) == []
    assert open_codes(well) == []


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("debug_token", {"kind": "error", "code": 100}),
        ("debug_token", {"kind": "error", "code": 1}),
        ("subscribed_apps", {"kind": "error", "code": 2}),
    ],
)
def test_what_cannot_be_asked_is_neither_found_nor_mended(well: House, method: str, fault: dict[str, Any]) -> None:
    whatsapp(well, token_expires_at=in_days(5), subscribed=False)
    assert codes(well) == ["not_subscribed", "token_expires"]
    whatsapp(well, token_expires_at=0, subscribed=True)
    well.whatsapp.post("faults", faults=[fault], match={"method": method})
    assert codes(well) == []
    assert open_codes(well) == [{"debug_token": "token_expires", "subscribed_apps": "not_subscribed"}[method]]


def test_a_token_without_the_permission_is_told_of_and_not_refused(well: House) -> None:
    well.whatsapp.post("faults", faults=[{"kind": "error", "code": 10}], match={"method": "subscribed_apps"})
    assert codes(well) == ["permission_missing"]
    with tenant_scope(well.tenant):
        assert ChannelAccount.objects.get().status == ChannelAccount.Status.ACTIVE


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        ({"webhook_url": ""}, "webhook_not_set", "onboard --slug acme --channel telegram"),
        ({"webhook_url": "https://other.example/bot7:secret"}, "webhook_elsewhere", "other.example"),
    ],
)
def test_a_bots_webhook_is_looked_at(bot: House, facts: dict[str, Any], code: str, words: str) -> None:
    assert codes(bot, "telegram") == []
    bot.telegram.post("accounts", token=bot.bot_token, **facts)
    assert codes(bot, "telegram") == [code]
    with tenant_scope(bot.tenant):
        issue = AccountIssue.objects.get()
        assert words in f"{issue.text} {issue.fix}"
        assert "secret" not in f"{issue.text} {issue.fix}"


def test_a_bots_revoked_token_and_failing_webhook_are_found(bot: House) -> None:
    zoe = {"id": 5, "first_name": "Zoë"}
    bot.telegram.post("inbound", account=bot.bot_token, **{"from": zoe}, type="text", text="hola")
    wait_for(lambda: codes(bot, "telegram") == ["webhook_failing"])  # nothing listens where the webhook leads
    bot.telegram.post("accounts", token=bot.bot_token, status="revoked")
    assert codes(bot, "telegram") == ["refused"]


def test_a_bots_menu_is_kept_as_it_should_be(bot: House) -> None:
    codes(bot, "telegram")
    bodies = [call["body"] for call in bot.telegram.calls(containing="/setMyCommands")]
    menus = {body.get("language_code", ""): body["commands"] for body in bodies}
    assert set(menus) == {"", "en", "es"}
    assert "help" in [command["command"] for command in menus["es"]]


def test_updates_that_the_bot_does_not_get_are_found(bot: House) -> None:
    url = bot.accounts["telegram"].webhook_url
    bot.telegram.post("accounts", token=bot.bot_token, webhook_url=url, allowed_updates=["message"])
    assert codes(bot, "telegram") == ["webhook_updates"]


def test_an_owner_who_blocked_the_bot_is_told_over_the_other_channel(bot: House) -> None:
    now = datetime.now(UTC)
    with tenant_scope(bot.tenant):
        address = ContactAddress.objects.filter(kind="telegram", address=ALICE_ON_TELEGRAM)
        address.update(unreachable_at=now, unreachable_reason="Forbidden: bot was blocked by the user")
    [code] = codes(bot, "telegram")
    assert code.startswith("owner_unreachable:")
    [word] = told(bot)
    assert word in bot.sent()  # over WhatsApp
    with tenant_scope(bot.tenant):
        ContactAddress.objects.update(unreachable_at=None)
    assert codes(bot, "telegram") == []


@pytest.mark.parametrize(("purpose", "severity", "count"), [("message", "warning", 1), ("", "info", 0)])
def test_a_rejected_template_is_the_owners_trouble_where_it_is_used(
    well: House, purpose: str, severity: str, count: int
) -> None:
    account = well.accounts["whatsapp"]
    with tenant_scope(well.tenant):
        template = Template.objects.create(
            tenant=well.tenant,
            account=account,
            name="pedido_listo",
            language="es",
            status=Template.Status.REJECTED,
            reason="INVALID_FORMAT",
            purpose=purpose,
            synced_at=datetime.now(UTC),
        )
    health.look_again(well.tenant.pk, account.pk)
    with tenant_scope(well.tenant):
        issue = AccountIssue.objects.get()
        assert (issue.code, issue.severity) == (f"template_rejected:{template.pk}", severity)
        assert "INVALID_FORMAT" in issue.text
    assert len(told(well)) == count
    with tenant_scope(well.tenant):
        Template.objects.update(status=Template.Status.APPROVED)
    health.look_again(well.tenant.pk, account.pk)
    assert open_codes(well) == []


def notice(house: House, field: str, **value: Any) -> None:
    change = {"field": field, "value": value}
    entry = {"id": house.waba_id, "time": int(time.time()), "changes": [change]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    assert house.post_whatsapp(json.dumps(body).encode()).status_code == 200


def test_a_notice_and_a_check_speak_of_the_same_issue(well: House) -> None:
    notice(well, "phone_number_quality_update", display_phone_number="15550102030", event="FLAGGED")
    notice(well, "phone_number_quality_update", display_phone_number="15550102030", event="FLAGGED")
    assert open_codes(well) == ["quality_low"]
    assert len(told(well)) == 1
    whatsapp(well, quality_rating="YELLOW")
    assert codes(well) == ["quality_low"]
    assert open_codes(well) == ["quality_low"]
    notice(well, "phone_number_quality_update", display_phone_number="15550102030", event="UNFLAGGED")
    assert (open_codes(well), alerts(well)) == ([], [])
    assert len(told(well)) == 1


def test_what_only_a_notice_tells_outlives_checks_until_its_good_news(well: House) -> None:
    restriction = [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1}]
    notice(well, "account_update", event="ACCOUNT_RESTRICTION", restriction_info=restriction)
    assert codes(well) == []
    assert (open_codes(well), alerts(well)) == (["account_restricted"], ["account.account_restricted"])
    assert len(told(well)) == 1
    notice(well, "account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": "REINSTATE"})
    assert (open_codes(well), alerts(well)) == ([], [])


def test_the_tick_looks_at_each_account_once_an_hour(bot: House) -> None:
    with tenant_scope(bot.tenant):
        ChannelAccount.objects.update(checked_at=None)
    seen = len(bot.whatsapp.calls("GET", "/debug_token"))
    health.check_due()
    health.check_due()
    assert len(bot.whatsapp.calls("GET", "/debug_token")) == seen + 1
    assert len(bot.telegram.calls(containing="/getWebhookInfo")) == 1
    with tenant_scope(bot.tenant):
        ChannelAccount.objects.filter(kind="whatsapp").update(checked_at=datetime.now(UTC) - timedelta(minutes=61))
    health.check_due()
    assert len(bot.whatsapp.calls("GET", "/debug_token")) == seen + 2
    assert len(bot.telegram.calls(containing="/getWebhookInfo")) == 1


def test_the_tick_warns_of_a_tools_credential_that_expires(well: House) -> None:
    with tenant_scope(well.tenant):
        facts = credentials.Facts(expires_at=datetime.now(UTC) + timedelta(days=3))
        credentials.save(well.tenant, "mls", facts, "the-value", actor="test")
        ChannelAccount.objects.update(checked_at=None)
    health.check_due()
    with tenant_scope(well.tenant):
        [text] = OperatorAlert.objects.filter(kind__startswith="credential.").values_list("text", flat=True)
    assert text.startswith("The credential “mls” expires on ")


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    with as_role("operator"):
        call_command(command, *arguments, stdout=out, no_color=True)
    return out.getvalue()


def failing_run(command: str, *arguments: str) -> tuple[str, CommandError]:
    out = StringIO()
    with as_role("operator"), pytest.raises(CommandError) as caught:
        call_command(command, *arguments, stdout=out, no_color=True)
    return out.getvalue(), caught.value


def test_the_command_tells_of_every_account_and_of_failure_in_its_exit_code(bot: House) -> None:
    printed = run("check_channels")
    assert printed.splitlines() == [
        f"ok       acme  Telegram {bot.accounts['telegram'].address}",
        f"ok       acme  WhatsApp {bot.accounts['whatsapp'].address}",
    ]
    whatsapp(bot, quality_rating="YELLOW")
    assert "warning  acme  WhatsApp" in run("check_channels", "--tenant", "acme")  # and it ends well
    whatsapp(bot, registered=False)
    printed, error = failing_run("check_channels")
    assert "error    acme  WhatsApp" in printed
    assert "→ Run: manage.py register_number --tenant acme --number 106540352242922." in printed
    assert (str(error), error.returncode) == ("1 of 2 accounts need something.", 1)
    with tenant_scope(bot.tenant):
        assert AuditEntry.objects.filter(action="account.checked", actor__startswith="operator:").count() == 6


def test_the_command_speaks_json_of_one_tenant(bot: House) -> None:
    make_tenant("globex")
    assert json.loads(run("check_channels", "--json", "--tenant", "globex")) == {"accounts": []}
    whatsapp(bot, token_status="expired")
    printed, _ = failing_run("check_channels", "--json")
    accounts = json.loads(printed)["accounts"]
    assert [(each["kind"], [finding["code"] for finding in each["findings"]]) for each in accounts] == [
        ("telegram", []),
        ("whatsapp", ["refused"]),
    ]
    assert "no tenant" in str(failing_run("check_channels", "--tenant", "nobody")[1])


def test_a_service_that_cannot_be_asked_fails_the_command(well: House) -> None:
    well.whatsapp.post("faults", faults=[{"kind": "error", "status": 503, "code": 2}], match={"method": "object"})
    printed, error = failing_run("check_channels")
    assert "could not be asked" in printed
    assert error.returncode == 1


def test_a_number_is_registered_from_the_command_line(bot: House) -> None:
    whatsapp(bot, registered=False)
    codes(bot)
    assert "WhatsApp +15552242922 is registered." in run("register_number", "--tenant", "acme", "--pin", "123456")
    [call] = bot.whatsapp.calls(containing="/register")
    assert call["body"] == {"messaging_product": "whatsapp", "pin": "123456"}
    assert open_codes(bot) == []


@pytest.mark.parametrize(
    ("facts", "arguments", "words"),
    [
        ({}, ["--pin", "12345"], "six digits"),
        ({"pin": "654321"}, ["--pin", "123456"], "can be reset in WhatsApp Manager"),
        ({"status": "UNVERIFIED"}, ["--pin", "123456"], "verified first"),
        ({"token_status": "expired"}, ["--pin", "123456"], "manage.py onboard"),
        ({}, ["--pin", "123456", "--number", "1"], "no account with the id 1"),
    ],
)
def test_a_registration_that_fails_says_what_to_do(
    well: House, facts: dict[str, Any], arguments: list[str], words: str
) -> None:
    whatsapp(well, **facts)
    _, error = failing_run("register_number", "--tenant", "acme", *arguments)
    assert words in str(error)
    assert "123456" not in str(error)
