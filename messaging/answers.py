"""What goes out when a turn ends: the words of the answer with what its tools offered, in order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from messaging.channels import get_channel
from messaging.channels.base import Channel, Choice, FilePart, Part, ReactionPart
from messaging.formatting.markdown import verbatim
from messaging.parts import captioned, in_words, payload_of, with_choices
from messaging.phrases import phrase
from messaging.standing import id_of
from tooling.history import OUTCOME_UNKNOWN
from tooling.registry import CHANGES
from tooling.toolbox import Toolbox
from tooling.types import Offer, Step, ToolResultStep, ToolStartedStep

if TYPE_CHECKING:
    from messaging.turn_begin import Plan

# What begins our receipts, also where it is a list's item, a quote or in bold; of "?" only with a space behind it.
LIKE_RECEIPT = re.compile(r"^(?P<before>[\s>*_~`#+\-]*)(?:[✓✔🗸]\ufe0f?[ \t]*|\?[ \t]+)+", re.MULTILINE)
Payload = Mapping[str, Any]  # as `messaging.parts.payload_of` makes it


def offers_in(steps: Sequence[Step]) -> list[Offer]:
    """All that the turn's tools offered, with a receipt for each call of which nobody knows how it ended."""
    names = {step.tool_use_id: step.name for step in steps if isinstance(step, ToolStartedStep)}
    return [
        offer
        for step in steps
        if isinstance(step, ToolResultStep)
        for offer in ([unknown(names[step.tool_use_id])] if is_unknown(step, names) else step.offers)
    ]


def is_unknown(step: ToolResultStep, began: Collection[str]) -> bool:
    return step.is_error and step.content == OUTCOME_UNKNOWN and step.tool_use_id in began


def unknown(tool: str) -> Offer:
    return {"kind": "receipt", "phrase": "receipt_call_unknown", "values": {"tool": tool}, "tool": tool}


def answer(plan: Plan, text: str, offers: Sequence[Offer] = ()) -> list[Payload]:
    """The answer's parts as payloads; [] where there is nothing to send.

    In a group its first message quotes what woke the turn, elsewhere what a tool named. A reaction comes first, files
    before the words that have things to choose from under them, and one file has the words under it where they fit.
    What was really done stands below the words, written by code.
    """
    channel = get_channel(plan.situation.conversation.account.kind)
    text = "\n\n".join(filter(None, [without_receipts(text), "\n".join(receipts_of(plan, offers))]))
    woke = id_of(plan.asked_by)
    quoted = next((str(offer["to"]) for offer in reversed(offers) if offer["kind"] == "reply"), "")
    if not quoted and plan.situation.conversation.is_group:
        quoted = woke
    said = [payload_of(part, path=path) for part, path in messages_of(channel, text, offers)]
    if said and quoted:
        said[0] = {**said[0], "reply_to": quoted}
    emoji = next((str(offer["emoji"]) for offer in reversed(offers) if offer["kind"] == "reaction"), "")
    reaction = [payload_of(ReactionPart(emoji=emoji), reply_to=woke)] if emoji and woke else []
    return [*reaction, *said]


def without_receipts(text: str) -> str:
    """The words with nothing in them that looks like a line of ours."""
    return LIKE_RECEIPT.sub(lambda found: found["before"], text)


def receipts_of(plan: Plan, offers: Sequence[Offer]) -> list[str]:
    return receipts(offers, plan.toolbox, plan.language, plan.tenant.zone)


def receipts(offers: Sequence[Offer], toolbox: Toolbox, language: str, zone: ZoneInfo) -> list[str]:
    """A line for each real change, and for each call that may have made one, in the person's language. Two that look
    alike are two."""
    lines = []
    for offer in offers:
        tool = toolbox.get(str(offer.get("tool", "")))
        if offer["kind"] != "receipt" or (tool is not None and tool.effect not in CHANGES):
            continue
        values = {name: verbatim(str(value)) for name, value in offer["values"].items()}
        if "at" in offer:
            values["time"] = f"{datetime.fromisoformat(str(offer['at'])).astimezone(zone):%H:%M}"
        lines.append(phrase(str(offer["phrase"]), language, **values))
    return lines


def apology(plan: Plan, text: str, steps: Sequence[Step]) -> list[Payload]:
    """Our own words in place of an answer; of what was offered only the files, as Claude was told that they go out, and
    what was done. Of a task that alone: nobody waits for words."""
    kinds = ("receipt",) if plan.is_task else ("file", "receipt")
    return answer(plan, "" if plan.is_task else text, [offer for offer in offers_in(steps) if offer["kind"] in kinds])


def text_of(payloads: Sequence[Payload]) -> str:
    """In words what is sent where the model wrote none."""
    return "\n\n".join(map(in_words, payloads))


def messages_of(channel: Channel, text: str, offers: Sequence[Offer]) -> list[tuple[Part, str]]:
    """The parts that are messages of their own, each with the place of its file."""
    files = [(file_of(offer), str(offer["file"]["path"])) for offer in offers if offer["kind"] == "file"]
    menus = [offer for offer in offers if offer["kind"] == "choices"]
    below_answer = [menu for menu in menus if not asks_apart(menu, text)][-1:]
    apart = [part for menu in menus if menu not in below_answer for part in menu_of(channel, menu["question"], menu)]
    if below_answer:
        said = [*files, *bare(menu_of(channel, text, below_answer[0]))]
    elif len(files) == 1:
        (file, path), *_ = files
        said = [(part, path if isinstance(part, FilePart) else "") for part in captioned(channel, file, text)]
    else:
        said = [*bare(channel.render(text)), *files]
    return [*said, *bare(apart)]


def asks_apart(menu: Offer, text: str) -> bool:
    """Whether the choices come with a question that the answer does not ask already."""
    question = str(menu["question"])
    return bool(question) and bool(text.strip()) and question not in text


def menu_of(channel: Channel, text: str, menu: Offer) -> Sequence[Part]:
    choices = [Choice(**choice) for choice in menu["choices"]]
    return with_choices(channel, text or str(menu["question"]), choices, str(menu["button"]))


def file_of(offer: Offer) -> FilePart:
    """Without its bytes, which stay in the storage."""
    file = offer["file"]
    return FilePart(kind=file["kind"], content=b"", mime=file["mime"], name=file["name"])


def bare(parts: Sequence[Part]) -> list[tuple[Part, str]]:
    return [(part, "") for part in parts]
