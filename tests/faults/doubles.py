"""The three doubles as processes of a fault run, set up for its tenants, and scripted to echo."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

from stack.process import free_port, spawn, wait_until
from stack.settings import ROOT
from stack.watcher import MARK
from tests.faults import cast
from tests.faults.cast import Account

NAMES = ("anthropic", "whatsapp", "telegram")
SLOW_SECONDS = 3.0  # longer than the short lease
BELL, SLOW = "bell", "slow"
# The first that matches a call answers it. An echo carries every token of its turn.
SCRIPT: list[dict[str, Any]] = [
    {"match": {"tool_results_contains": "ring_bell"}, "echo": True},
    {
        "match": {"last_user_contains": BELL, "tools_contains": "ring_bell"},
        "content": [{"type": "tool_use", "name": "ring_bell", "input": {"token": "{{last_user}}"}}],
    },
    {"match": {"last_user_contains": SLOW}, "echo": True, "delay": SLOW_SECONDS},
    {"echo": True},
]
PICTURE = base64.b64decode(  # one grey point
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
# Only what a plan asks for refuses a send: the services' own limits are put out of reach.
LIMITS: dict[str, dict[str, float]] = {
    "whatsapp": {"number_per_second": 10000, "pair_burst": 100000, "retry_start": 0.5, "retry_cap": 2.0},
    "telegram": {"bot_per_second": 10000, "chat_per_second": 10000, "chat_burst": 100000, "retry_scale": 0.1},
}


class Doubles:
    def __init__(self, directory: Path) -> None:
        self.urls: dict[str, str] = {}
        self.pictures: dict[int, str] = {}  # by tenant: a picture's id at WhatsApp
        self._web = requests.Session()
        self._web.trust_env = False
        for name in NAMES:
            port = free_port()
            argv = [sys.executable, "-m", f"simulators.{name}", "--host", "127.0.0.1", "--port", str(port)]
            log = directory / "logs" / f"{name}.log"
            spawn(argv, log=log, env={"PATH": "", MARK: str(directory), "PYTHONUNBUFFERED": "1"}, cwd=ROOT)
            self.urls[name] = f"http://127.0.0.1:{port}"
        if not wait_until(lambda: all(map(self._is_up, NAMES)), 60, pause=0.1):
            raise RuntimeError(f"A double did not start; see the logs in {directory / 'logs'}.")

    def set_up(self, accounts: Iterable[Account], door: str, chats: int) -> None:
        """Forget everything, then: accounts whose webhooks go to the door, people who have written, the script."""
        for name in NAMES:
            self.post(name, "reset")
        for name, limits in LIMITS.items():
            self.post(name, "settings", limits)
        self.post("anthropic", "script", {"answers": SCRIPT, "times": "always"})
        for account in accounts:
            if account.channel == "whatsapp":
                self._set_up_whatsapp(account, door, chats)
            else:
                self._set_up_telegram(account, door, chats)

    def fault(self, name: str, fault: Mapping[str, Any]) -> None:
        self.post(name, "faults", {"faults": [dict(fault)]})

    def clear_faults(self) -> None:
        for name in NAMES:
            self._web.delete(f"{self.urls[name]}/_sim/faults", timeout=10).raise_for_status()

    def post(self, name: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """To the control API; raises requests' errors."""
        response = self._web.post(f"{self.urls[name]}/_sim/{path}", json=body or {}, timeout=30)
        if not response.ok:
            raise RuntimeError(f"The {name} double refused {path}: {response.text}")
        return response.json()

    def calls(self, name: str, since: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The calls received after the first `since`, and the number to go on with."""
        url = f"{self.urls[name]}/_sim/journal"
        answer = self._web.get(url, params={"since": since, "details": 1}, timeout=120).json()
        return answer["calls"], answer["next"]

    def _is_up(self, name: str) -> bool:
        try:
            return self._web.get(f"{self.urls[name]}/_sim/health", timeout=2).ok
        except requests.RequestException:
            return False

    def _set_up_whatsapp(self, account: Account, door: str, chats: int) -> None:
        number = cast.phone_number_id(account.tenant)
        known = {
            "phone_number_id": number,
            "waba_id": cast.waba_id(account.tenant),
            "display_phone_number": cast.display_number(account.tenant),
        }
        self.post("whatsapp", "accounts", known)
        self.pictures[account.tenant] = self._upload(account.tenant)
        batch = [
            {
                "from": {"phone": cast.address(account.tenant, "whatsapp", chat), "name": f"Person {chat}"},
                "type": "text",
                "text": "hello",
            }
            for chat in range(1, chats + 1)
        ]
        # Opens the window of 24 hours; without a webhook URL nobody is told.
        self.post("whatsapp", "inbound", {"account": number, "batch": batch})
        webhook = {"webhook_url": door + account.path, "app_secret": account.secret}
        self.post("whatsapp", "accounts", {**known, **webhook, "verify_token": account.verify_token})

    def _upload(self, tenant: int) -> str:
        """Lay the picture down at WhatsApp; gives its id there."""
        response = self._web.post(
            f"{self.urls['whatsapp']}/v26.0/{cast.phone_number_id(tenant)}/media",
            headers={"Authorization": f"Bearer {cast.access_token(tenant)}"},
            data={"messaging_product": "whatsapp", "type": "image/png"},
            files={"file": ("picture.png", PICTURE, "image/png")},
            timeout=30,
        )
        response.raise_for_status()
        return str(response.json()["id"])

    def _set_up_telegram(self, account: Account, door: str, chats: int) -> None:
        """The driver posts updates itself: the double wants to tell of nothing but polls."""
        token = cast.bot_token(account.tenant)
        mute = {"token": token, "webhook_url": door + account.path, "allowed_updates": ["poll"]}
        self.post("telegram", "accounts", mute)
        batch = [
            {
                "from": {
                    "id": int(cast.address(account.tenant, "telegram", chat)),
                    "is_bot": False,
                    "first_name": f"Person {chat}",
                },
                "type": "text",
                "text": "hello",
            }
            for chat in range(1, chats + 1)
        ]
        self.post("telegram", "inbound", {"account": token, "batch": batch})
