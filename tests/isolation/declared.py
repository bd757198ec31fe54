"""What stands outside the rule that a thing belongs to one tenant, each with its reason. Anything else is a failure."""

from __future__ import annotations

from typing import Any

# Unique keys of tenants' tables that hold on the whole installation. A primary key, being random, needs no entry.
GLOBAL_KEYS: dict[tuple[str, tuple[str, ...]], str] = {
    ("tenants_app_tenant", ("slug",)): "operators name a tenant by it; only they see that one is taken",
    ("messaging_channelaccount", ("kind", "external_id")): (
        "a number or bot belongs to one tenant, or its messages could reach another"
    ),
}

# Tables that belong to no tenant: what the app may do there, and why they are no tenant's.
INSTALLATION_TABLES: dict[str, tuple[str, str]] = {
    "auth_group": ("", "operators' groups, which the app never reads"),
    "auth_group_permissions": ("", "operators' groups"),
    "auth_permission": ("", "operators' permissions"),
    "auth_user": ("", "operators, who are no tenant's people"),
    "auth_user_groups": ("", "operators"),
    "auth_user_user_permissions": ("", "operators"),
    "django_admin_log": ("", "operators' log of the admin"),
    "django_session": ("", "operators' sessions; the webhooks' process has none"),
    "django_content_type": ("SELECT", "names of models"),
    "django_migrations": ("SELECT", "readiness looks whether all are applied"),
    "django_celery_beat_clockedschedule": ("SELECT INSERT UPDATE DELETE", "the few fixed ticks of beat"),
    "django_celery_beat_crontabschedule": ("SELECT INSERT UPDATE DELETE", "the few fixed ticks of beat"),
    "django_celery_beat_intervalschedule": ("SELECT INSERT UPDATE DELETE", "the few fixed ticks of beat"),
    "django_celery_beat_periodictask": ("SELECT INSERT UPDATE DELETE", "the few fixed ticks of beat"),
    "django_celery_beat_periodictasks": ("SELECT INSERT UPDATE DELETE", "the few fixed ticks of beat"),
    "django_celery_beat_solarschedule": ("SELECT INSERT UPDATE DELETE", "the few fixed ticks of beat"),
    "tenants_app_installationevent": ("INSERT", "what happened to the installation, kept when its tenant is gone"),
    "tenants_app_onetimepassword": ("", "operators"),
    "tenants_app_signintries": ("", "operators"),
    "tenants_app_price": ("SELECT", "what models cost, alike for all"),
    "messaging_channelapp": ("SELECT", "an app at a service serves accounts of many tenants; its secret is sealed"),
    "messaging_workerbeat": ("SELECT INSERT UPDATE DELETE", "signs of life of the workers, which serve all tenants"),
    "messaging_unroutedwebhook": ("INSERT", "a body of which no tenant is known"),
}

# Indexes of tenants' tables that don't lead with the tenant, though neither unique nor a primary key.
CROSS_TENANT_INDEXES: dict[str, str] = {
    "messaging_channelaccount_app_id_23a39125": "messaging_route finds the accounts of an app, of whatever tenant",
    "channelaccount_business": "messaging_route finds an account by its app and business account, of whatever tenant",
    "channelaccount_checked": "messaging_accounts_to_check finds the accounts to look at, of all tenants",
    "memory_entry_words": "each of its keys is made of a tenant and a word; read by memory_candidates alone",
    "lane_due": "messaging_claim picks the next lane among all tenants",
    "lane_next": "messaging_claim and messaging_backlog ask whether any tenant has something due",
    "reservation_expires": "tenants_app_budgets_to_tidy finds reservations that ran out, of all tenants",
    "task_due": "scheduling_due, _wait and _backlog find the tasks whose time has come, of all tenants",
    "session_idle": "messaging_idle_sessions finds idle sessions of all tenants",
}

# Functions that run with the owner's rights: what they may tell, and to whom it is of use.
DEFINER_FUNCTIONS: dict[str, str] = {
    "messaging_route": "the tenant and account of a webhook whose signature was verified: identifiers only",
    "messaging_account": "the tenant of an account named by a webhook's URL: identifiers only",
    "messaging_accounts_to_check": "accounts whose health is due to be checked: identifiers only",
    "messaging_claim": "the next due work of any tenant: identifiers only",
    "messaging_renew": "which leases are still held by who names their epochs: identifiers only",
    "messaging_idle_sessions": "sessions to close: identifiers only",
    "messaging_backlog": "how many lanes are due and for how long: two numbers",
    "memory_candidates": "entries of the index of the scope's own tenant, to who may see them: identifiers and numbers",
    "memory_size": "how much the scope's own tenant has in the index: two numbers",
    "memory_frequencies": "how often each word is said in the scope's own tenant, by a sample",
    "scheduling_due": "tasks of any tenant whose time has come, locked: identifiers, rules and times, no words",
    "scheduling_fire": "moves on due tasks whose time the caller names, of any tenant: a number",
    "scheduling_claim": "the next due occurrences of any tenant: identifiers and their tasks' kinds",
    "scheduling_renew": "which leases are still held by who names their epochs: identifiers only",
    "scheduling_free": "has others claim what the named worker holds: a number",
    "scheduling_free_silent": "has others claim what workers hold that were not heard of for long: a number",
    "scheduling_prune": "takes away what was over before a time, of any tenant: a number and an identifier",
    "scheduling_ended": "occurrences whose turn has ended: identifiers only",
    "scheduling_backlog": "how many tasks and occurrences are due and for how long: numbers",
    "scheduling_wait": "in how many seconds the next task of any tenant is due: a number",
    "tenants_app_budgets_to_tidy": "tenants with a budget's alert or a reservation that ran out: identifiers only",
}

# Functions that run with the owner's rights for operators only, the app being kept out: what they change.
OPERATORS_FUNCTIONS: dict[str, str] = {
    "messaging_erase_steps": "puts a mark in place of an erased person's words in recorded steps",
    "messaging_erase_audit": "puts a mark in place of an erased person's name in the audit trail",
    "messaging_erase_feedback": "takes away what an erased person thought of the assistant",
    "messaging_erase_statuses": "takes away delivery reports of what was sent to an erased person",
    "messaging_erase_letters": "empties what could not be read and was of an erased person",
    "messaging_erase_unrouted": "empties bodies of no tenant's that hold an erased person's number",
}

# Values that the catalogue cannot tell, by "table.column": where a CHECK constraint asks for something special.
SEEDS: dict[str, Any] = {}
