"""How the operators' admin looks and what its menu holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def page(title: str, icon: str, model: str) -> dict[str, Any]:
    """A line of the menu that leads to a model's list, for those who may see it."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": may_see(app, name),
    }


def may_see(app: str, name: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(f"{app}.view_{name}")


MENU = [
    {
        "title": "",
        "items": [{"title": "Overview", "icon": "monitoring", "link": reverse_lazy("admin:index")}],
    },
    {
        "title": "Tenants",
        "separator": True,
        "items": [
            page("Tenants", "storefront", "tenants_app.tenant"),
            page("Contacts", "group", "tenants_app.contact"),
            page("Accounts", "perm_phone_msg", "messaging.channelaccount"),
            page("Apps", "apps", "messaging.channelapp"),
            page("Templates", "edit_note", "messaging.template"),
        ],
    },
    {
        "title": "Messages",
        "separator": True,
        "items": [
            page("Conversations", "forum", "messaging.conversation"),
            page("Turns", "auto_awesome", "messaging.turn"),
            page("Sessions", "history_edu", "messaging.session"),
            page("Deliveries", "outgoing_mail", "messaging.delivery"),
            page("Feedback", "reviews", "messaging.feedback"),
            page("Consent", "how_to_reg", "tenants_app.consent"),
        ],
    },
    {
        "title": "Memory",
        "separator": True,
        "items": [
            page("Life folders", "folder_open", "memory.folder"),
            page("Documents", "description", "memory.document"),
            page("Facts", "fact_check", "memory.fact"),
            page("Imported chats", "archive", "memory.importedchat"),
            page("Framework", "rule", "memory.framework"),
        ],
    },
    {
        "title": "Schedules",
        "separator": True,
        "items": [
            page("Scheduled tasks", "alarm", "scheduling.task"),
            page("Run log", "checklist", "scheduling.occurrence"),
        ],
    },
    {
        "title": "Tools",
        "separator": True,
        "items": [
            page("Tools", "build", "tooling.customtool"),
            page("Runs", "play_circle", "tooling.execution"),
            page("Asked of owners", "how_to_reg", "messaging.confirmation"),
            page("Credentials", "key", "tooling.credential"),
        ],
    },
    {
        "title": "Trouble",
        "separator": True,
        "items": [
            page("Alerts", "notifications", "tenants_app.operatoralert"),
            page("Account issues", "health_and_safety", "messaging.accountissue"),
            page("Dead letters", "drafts", "messaging.deadletter"),
            page("Unrouted webhooks", "wrong_location", "messaging.unroutedwebhook"),
            page("Work", "pending_actions", "messaging.work"),
            page("Lanes", "alt_route", "messaging.lane"),
        ],
    },
    {
        "title": "Money",
        "separator": True,
        "items": [
            page("Spending", "account_balance_wallet", "tenants_app.spending"),
            page("Usage", "receipt_long", "tenants_app.usagerow"),
            page("Prices", "sell", "tenants_app.price"),
        ],
    },
    {
        "title": "Installation",
        "separator": True,
        "items": [
            page("Audit trail", "policy", "tenants_app.auditentry"),
            page("Events", "event_note", "tenants_app.installationevent"),
            page("Operators", "badge", "auth.user"),
            page("Operators' groups", "groups", "auth.group"),
        ],
    },
]

TEAL = {  # the steps that Tailwind calls teal
    "50": "oklch(98.4% .014 180.72)",
    "100": "oklch(95.3% .051 180.801)",
    "200": "oklch(91% .096 180.426)",
    "300": "oklch(85.5% .138 181.071)",
    "400": "oklch(77.7% .152 181.912)",
    "500": "oklch(70.4% .14 182.503)",
    "600": "oklch(60% .118 184.704)",
    "700": "oklch(51.1% .096 186.391)",
    "800": "oklch(43.7% .078 188.216)",
    "900": "oklch(38.6% .063 188.416)",
    "950": "oklch(27.7% .046 192.524)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "ProxyStaff",
    "SITE_HEADER": "ProxyStaff",
    "SITE_SUBHEADER": "for operators",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("admin_house/icon.svg")}
    ],
    "SITE_SYMBOL": "support_agent",
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": False,
    "BORDER_RADIUS": "8px",
    "COLORS": {"primary": TEAL},
    "STYLES": [
        lambda _request: static("admin_house/house.css"),
        lambda _request: static("admin_house/chat.css"),
        lambda _request: static("admin_house/turn.css"),
        lambda _request: static("admin_house/memory.css"),
        lambda _request: static("admin_house/schedules.css"),
        lambda _request: static("admin_house/tools.css"),
    ],
    "SCRIPTS": [lambda _request: static("admin_house/copy.js")],
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    "LOGIN": {
        "image": lambda _request: static("admin_house/login.svg"),
        "form": "config.sign_in.SignInForm",
    },
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": MENU},
}
