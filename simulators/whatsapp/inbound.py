"""Reading `POST /_sim/inbound`: single acts, batches and raw payloads."""

from __future__ import annotations

from typing import Any

from simulators.common import ControlError
from simulators.messenger import ChatBook
from simulators.messenger.clock import WakingClock
from simulators.whatsapp.accounts import Accounts, Number
from simulators.whatsapp.payloads import Change
from simulators.whatsapp.people import People
from simulators.whatsapp.sending import Sender

MAX_COUNT = 10_000


class Inbound:
    def __init__(self, accounts: Accounts, chats: ChatBook, people: People, sender: Sender, clock: WakingClock) -> None:
        self._accounts, self._chats, self._people = accounts, chats, people
        self._sender, self._clock = sender, clock

    def number(self, body: dict[str, Any]) -> Number:
        number = self._accounts.numbers.get(str(body.get("account")))
        if number is None:
            raise ControlError(f"no account {body.get('account')!r}: set it up with POST /_sim/accounts")
        return number

    def bodies(self, body: dict[str, Any]) -> list[list[Change]]:
        """What is to be sent, one list of changes for each webhook body; raises ControlError."""
        batch = body.get("batch")
        if batch is not None:
            return [self._batch(batch, body)]
        count = body.get("count", 1)
        if type(count) is not int or not 1 <= count <= MAX_COUNT:
            raise ControlError(f"count must be between 1 and {MAX_COUNT}")
        return [self._changes(body) for _ in range(count)]

    def _batch(self, batch: object, body: dict[str, Any]) -> list[Change]:
        if not isinstance(batch, list) or not all(isinstance(item, dict) for item in batch):
            raise ControlError("batch must be a list of objects")
        items = [{"account": body.get("account"), **item} for item in batch]
        if len({self.number(item).webhook_url for item in items}) > 1:
            raise ControlError("the accounts of a batch must have the same webhook_url: it goes out as one body")
        return [change for item in items for change in self._changes(item)]

    def _changes(self, body: dict[str, Any]) -> list[Change]:
        number = self.number(body)
        if "raw_value" in body:
            return [_raw(number, body)]
        kind = body.get("type", "text")
        if kind == "echo":
            return [self._echo(number, body)]
        if kind not in {"read", "block", "unblock", "silence"}:
            return [self._people.write(number, body, self._clock.now())]
        chat = self._people.contact(number, body.get("from"))
        if kind == "read":
            self._sender.read_by_person(number, chat)  # its status webhooks go out by themselves
        elif kind == "silence":
            chat.wrote_at(self._clock.now() - 3600 * float(body.get("hours", 24)))
        else:
            chat.facts["blocked"] = kind == "block"
        return []

    def _echo(self, number: Number, body: dict[str, Any]) -> Change:
        """The owner typed in the WhatsApp Business app."""
        chat = self._people.contact(number, body.get("from"))
        return self._people.echo(number, chat, str(body.get("text", "")), self._clock.now())


def _raw(number: Number, body: dict[str, Any]) -> Change:
    value = body["raw_value"]
    if not isinstance(value, dict):
        raise ControlError("raw_value must be an object")
    messages = value.get("messages")
    given = [entry.get("id") for entry in messages if isinstance(entry, dict)] if isinstance(messages, list) else []
    ids = tuple(message_id for message_id in given if isinstance(message_id, str))
    return Change(number=number, field=str(body.get("field", "messages")), value=value, message_ids=ids)
