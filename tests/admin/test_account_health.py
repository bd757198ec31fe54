"""What is wrong with an account, as operators see it, look at it again and put it right."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import AccountIssue, ChannelAccount
from tenants_app.models import AuditEntry, OperatorAlert
from tests.admin.rows import account_of
from tests.admin.test_actions import acted, dialog, run
from tests.admin.test_pages import list_url, page_url
from tests.house import House

ACCOUNTS = "messaging.channelaccount"
SCRIPT = "<script>alert(1)</script>"


def issue_of(account: ChannelAccount, code: str, severity: str, **fields: Any) -> AccountIssue:
    return AccountIssue.objects.create(
        tenant=account.tenant,
        account=account,
        code=code,
        severity=severity,
        text=f"About {code} {SCRIPT}",
        fix=f"Mend {code}",
        seen_at=timezone.now(),
        **fields,
    )


def test_the_page_and_the_list_show_the_worst_first_with_its_fix(acme: Any, olivia: Client) -> None:
    account, well = account_of(acme), account_of(acme, checked_at=timezone.now())
    issue_of(account, "rate_limited", "warning", told_at=timezone.now())
    issue_of(account, "webhook_elsewhere", "error")
    issue_of(account, "quality_low", "error", resolved_at=timezone.now())
    page = olivia.get(page_url(account)).text
    assert page.index("Mend webhook_elsewhere") < page.index("Mend rate_limited")
    assert "Mend quality_low" not in page
    assert SCRIPT not in page
    assert "the owner was told" in page
    assert "the owner could not be told yet" in page
    listed = olivia.get(list_url(ACCOUNTS)).text
    assert "error" in listed
    assert "ok" in listed
    healthy = olivia.get(page_url(well)).text
    assert "Works; nothing to do." in healthy
    assert "Checked 0\xa0minutes ago." in healthy


def test_a_check_from_the_page_asks_the_service_and_is_in_the_trail(house: House, olivia: Client) -> None:
    account = house.accounts["whatsapp"]
    house.whatsapp.post("accounts", phone_number_id=house.phone_number_id, quality_rating="RED")
    assert dialog(olivia, account, "check_one").status_code in {200, 302}
    page = olivia.get(page_url(account)).text
    assert "rates the quality" in page
    assert "webhook" in page  # none is set at the double
    assert ("operator:olivia", "account.checked") in acted(house.tenant)
    card = olivia.get(reverse("admin:index")).text
    assert "Account issues" in card
    assert "2 error" in card
    run(olivia, "check_selected", account)
    assert AuditEntry.objects.filter(action="account.checked").count() == 2


def test_an_operator_ends_what_only_a_notice_told_of(acme: Any, olivia: Client) -> None:
    account = account_of(acme)
    issue = issue_of(account, "told_by_meta:account_alerts", "warning")
    OperatorAlert.objects.create(tenant=acme, kind="account.told_by_meta", text="x")
    run(olivia, "resolve", issue)
    issue.refresh_from_db()
    assert issue.resolved_at is not None
    assert OperatorAlert.objects.get().resolved_at is not None
    assert acted(acme) == [("operator:olivia", "issue.resolved")]


@pytest.mark.parametrize("model", ["channelaccount", "accountissue"])
def test_who_may_only_look_changes_nothing(acme: Any, trainee: Client, model: str) -> None:
    account = account_of(acme)
    issue = issue_of(account, "quality_low", "error")
    viewing = Permission.objects.filter(codename=f"view_{model}")
    User.objects.get(username="trainee").user_permissions.set(viewing)
    row: Any = account if model == "channelaccount" else issue
    assert trainee.get(page_url(row)).status_code == 200
    assert "Check now" not in trainee.get(page_url(row)).text
    action = "check_selected" if model == "channelaccount" else "resolve"
    trainee.post(list_url(row._meta.label_lower), {"action": action, "_selected_action": [str(row.pk)]})
    assert dialog(trainee, account, "check_one").status_code == 403
    issue.refresh_from_db()
    assert issue.resolved_at is None
    assert not AuditEntry.objects.filter(action__in=["account.checked", "issue.resolved"]).exists()
