"""`manage.py onboard`: a tenant, its owner and its accounts, from flags or by asking."""

from __future__ import annotations

import getpass
import hashlib
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from messaging.accounts import AccountTaken, Connected
from messaging.channels import CHANNELS, get_channel
from messaging.channels.base import TransportError
from messaging.credentials import base_url_of
from messaging.onboarding import (
    AccountRequest,
    OnboardingError,
    connect,
    ensure_tenant,
    link_owner,
    pairing_links,
)
from tenants_app.models import Tenant

DEMO = {"name": "Sunrise Realty", "slug": "demo", "timezone": "America/Chicago", "language": "en"}
DEMO_OWNER = {"whatsapp": "15550100001", "telegram": "700001"}
SETUP = {name: [*channel.setup_fields] for name, channel in CHANNELS.items()}
SECRETS = {field.name for fields in SETUP.values() for field in fields if field.secret}


class Command(BaseCommand):
    help = "Set up a tenant: business, owner, WhatsApp number or Telegram bot. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", help="the business's name")
        parser.add_argument("--slug", help="its short name in commands (default: made from the name)")
        parser.add_argument("--timezone", help="IANA name, such as America/Chicago")
        parser.add_argument("--language", choices=["en", "es"])
        parser.add_argument("--channel", action="append", choices=sorted(CHANNELS), help="may be given more than once")
        for kind, fields in SETUP.items():
            for field in fields:
                parser.add_argument(flag(field.name), help=f"{kind}: {field.question}")
        parser.add_argument(
            "--owner-address", help="KIND:ID, links the owner at once: a WhatsApp number or Telegram user id"
        )
        parser.add_argument("--demo", action="store_true", help="a ready-made tenant on the built-in simulators")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        self.quiet = bool(options["json"])
        self.asking = not self.quiet and not options["demo"] and sys.stdin.isatty()
        if options["demo"]:
            options |= {**DEMO, "channel": sorted(settings.SIMULATED & set(CHANNELS))}
        try:
            answer = self.onboard(options)
        except (OnboardingError, AccountTaken) as error:
            raise CommandError(str(error)) from error
        if self.quiet:
            self.stdout.write(json.dumps(answer))

    def onboard(self, options: dict[str, Any]) -> dict[str, Any]:
        fields = self.tenant_fields(options)
        tenant, is_new = ensure_tenant(options["slug"], fields, self.actor())
        self.say(f"Tenant {tenant.slug} ({tenant.name}) {'is set up' if is_new else 'was there already'}.")
        requests_ = [self.account_request(tenant, kind, options) for kind in self.channels(options)]
        owners = self.owner_addresses(options, [request.kind for request in requests_])
        connected = [self.connect(tenant, request) for request in requests_]
        for kind, address in owners:
            link_owner(tenant, kind, address)
            self.say(f"The owner is linked on {get_channel(kind).label}.")
        links = pairing_links(tenant, connected) if connected else []
        for link in links:
            self.say(f"Link for the owner, for 15 minutes and one use:\n  {link}")
        return {
            "tenant": tenant.slug,
            "accounts": [
                {
                    "kind": each.account.kind,
                    "id": str(each.account.pk),
                    "external_id": each.account.external_id,
                    "webhook_url": each.account.webhook_url,
                    "verify_token": each.verify_token or None,
                    "pairing_link": link,
                    "simulated": each.account.is_simulated,
                }
                for each, link in zip(connected, links, strict=True)
            ],
            "pairing_link": links[0] if links else None,
        }

    def tenant_fields(self, options: dict[str, Any]) -> dict[str, str]:
        if not options["slug"]:
            options["name"] = options["name"] or self.ask("Name of the business", "--name")
            default = slugify(options["name"])
            options["slug"] = (self.asking and self.ask("Short name in commands", "--slug", default)) or default
        exists = Tenant.objects.filter(slug=options["slug"]).exists()
        if not exists:
            options["name"] = options["name"] or self.ask("Name of the business", "--name")
            if self.asking:
                options["timezone"] = options["timezone"] or self.ask("Time zone", "--timezone", "UTC")
                options["language"] = options["language"] or self.ask("Language (en, es)", "--language", "en")
        return {name: options[name] for name in ("name", "timezone", "language")}

    def channels(self, options: dict[str, Any]) -> list[str]:
        if options["channel"]:
            return list(dict.fromkeys(options["channel"]))
        if not self.asking:
            return []
        answer = self.ask(f"Channels to connect ({', '.join(CHANNELS)}; empty for none)", "--channel", "")
        kinds = answer.replace(",", " ").split()
        if unknown := [kind for kind in kinds if kind not in CHANNELS]:
            raise OnboardingError(f"There is no channel {unknown[0]!r}; there are {', '.join(CHANNELS)}.")
        return kinds

    def account_request(self, tenant: Tenant, kind: str, options: dict[str, Any]) -> AccountRequest:
        made_up = simulated_values(tenant, kind) if kind in settings.SIMULATED else {}
        values = {
            field.name: options[field.name] or made_up.get(field.name) or self.ask(field.question, flag(field.name))
            for field in SETUP[kind]
        }
        credentials, app_secret = get_channel(kind).account_from(values, base_url_of(kind))
        return AccountRequest(kind=kind, credentials=credentials, app_secret=app_secret)

    def owner_addresses(self, options: dict[str, Any], kinds: list[str]) -> list[tuple[str, str]]:
        if options["demo"]:
            return [(kind, DEMO_OWNER[kind]) for kind in kinds if kind in DEMO_OWNER]
        given = options["owner_address"]
        if not given:
            return []
        kind, _, address = given.rpartition(":")
        if not kind and len(kinds) == 1:
            kind = kinds[0]
        if kind not in CHANNELS:
            raise OnboardingError(f"--owner-address is KIND:ID, with one of {', '.join(CHANNELS)}; got {given!r}.")
        return [(kind, address)]

    def connect(self, tenant: Tenant, request: AccountRequest) -> Connected:
        label = get_channel(request.kind).label
        if request.kind in settings.SIMULATED and request.kind in NAMING:
            self.tell_double(request, NAMING[request.kind](request, tenant.name))
        try:
            connected = connect(tenant, request, self.actor())
        except TransportError as error:
            reason = "refuses the credentials" if error.unauthorized else "could not be connected"
            raise OnboardingError(
                f"The tenant stands, but {label} {reason}: {error}. Correct it and run this again."
            ) from error
        account = connected.account
        self.say(f"{label} {account.address} is connected{' (simulated)' if account.is_simulated else ''}.")
        if connected.verify_token and account.is_simulated and request.kind in NAMING:
            self.tell_double(request, pasted(request, connected))
        elif connected.verify_token:
            self.say(
                f"Paste these {get_channel(request.kind).webhook_by_hand or 'at the service'}:\n"
                f"  Callback URL  {account.webhook_url}\n  Verify token  {connected.verify_token}"
            )
        return connected

    def tell_double(self, request: AccountRequest, body: dict[str, str]) -> None:
        """What an operator sets in a service's own dashboard, a double is told over its control API."""
        base = request.credentials.base_url.removesuffix(f"/{settings.WHATSAPP_GRAPH_VERSION}")
        try:
            answer = requests.post(f"{base}/_sim/accounts", json=body, timeout=15)
        except requests.RequestException as error:
            self.warn(f"The {request.kind} simulator could not be told of the account: {type(error).__name__}")
            return
        if not answer.ok:
            self.warn(f"The {request.kind} simulator did not take the account: {answer.text.strip()[:300]}")

    def ask(self, question: str, option: str, default: str | None = None) -> str:
        if not self.asking:
            if default is not None:
                return default
            raise OnboardingError(f"{option} is missing: {question}.")
        secret = option.strip("-").replace("-", "_") in SECRETS
        prompt = f"{question}{f' [{default}]' if default else ''}: "
        answer = (getpass.getpass(prompt) if secret else input(prompt)).strip()
        if answer or default is not None:
            return answer or (default or "")
        return self.ask(question, option, default)

    def actor(self) -> str:
        return f"operator:{getpass.getuser()}"

    def say(self, text: str) -> None:
        if not self.quiet:
            self.stdout.write(text)

    def warn(self, text: str) -> None:
        self.stderr.write(self.style.WARNING(text))


def pasted(request: AccountRequest, connected: Connected) -> dict[str, str]:
    return {
        "phone_number_id": connected.account.external_id,
        "waba_id": request.credentials.config["waba_id"],
        "webhook_url": connected.account.webhook_url,
        "app_secret": request.app_secret,
        "verify_token": connected.verify_token,
    }


NAMING: dict[str, Callable[[AccountRequest, str], dict[str, str]]] = {
    "whatsapp": lambda request, name: {"phone_number_id": request.credentials.external_id, "name": name},
    "telegram": lambda request, name: {"token": request.credentials.token, "first_name": name},
}


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def simulated_values(tenant: Tenant, kind: str) -> dict[str, str]:
    """Credentials for a double, which takes any that are well formed: the same ones each time for the same tenant."""
    seed = hashlib.sha256(f"{settings.SECRET_KEY}|{tenant.slug}|{kind}".encode()).hexdigest()
    return {field.name: field.made_up(seed) for field in SETUP[kind]}
