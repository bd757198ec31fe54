"""The stand-in's rules for what is to be kept, found, corrected and forgotten, in English or Spanish.

Each rule is asked again after every result of a tool, and gives the next calls or what is said in the end. It knows
what a model would know: the facts that stand in the system prompt, and the chat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.anthropic.memory_words import (
    FACT,
    FACT_REFERENCE,
    FIND,
    FORGET,
    KNOW,
    ME,
    REFERENCE,
    SHOWN_REFERENCE,
    SOURCE,
    THAT,
    WHAT,
    WRONG,
    Known,
    bare,
    is_about,
    noted_in,
    plain,
    stands_in,
    told_in,
    values_in,
    words_of,
)
from simulators.anthropic.prompt import Prompt, ToolResult, person_text, plain_text
from simulators.anthropic.rules import SUMMARY, Ask, failed, shortened

Call = tuple[str, dict[str, Any]]
Step = str | list[Call]

PLACES, LINES, LINE = 2, 8, 200  # of what was found: places, their lines, and characters of each


@dataclass(frozen=True)
class Mind:
    """What the request shows."""

    ask: Ask
    offered: frozenset[str]
    known: Sequence[Known]  # newest first
    earlier: Sequence[str]  # what people wrote before, newest first
    done: Sequence[ToolResult]  # since the person's last words

    @classmethod
    def of(cls, ask: Ask, prompt: Prompt) -> Mind:
        said = [text for role, blocks in prompt.turns if role == "user" and (text := person_text(blocks))]
        return cls(
            ask=ask,
            offered=frozenset(tool["name"] for tool in prompt.tools),
            known=[*reversed(list(_told(prompt))), *_standing(prompt.system)],
            earlier=list(reversed(said[:-1])),
            done=prompt.results_so_far,
        )

    def about(self, topic: str) -> Known | None:
        """What is known of a topic: "budget", "what I pay for rent"."""
        named = next((each for each in self.known if is_about(each.predicate, topic)), None)
        return named or next((each for each in self.known if plain(each.value) in plain(topic)), None)

    @property
    def noted(self) -> list[str]:
        """What was to be noted down before, newest first."""
        return [bare(found["text"]) for text in self.earlier if (found := noted_in(text)) is not None]

    @property
    def topic(self) -> str:
        """What the chat was about before the last words."""
        for text in self.earlier:
            if (noted := noted_in(text)) is not None:
                return bare(noted["text"])
            if (match := WHAT.match(text)) is not None or (match := FIND.match(text)) is not None:
                return bare(match["rest"])
            if (told := told_in(text)) is not None:
                return told.predicate if told.predicate not in ("is", "es") else told.subject
        return self.earlier[0] if self.earlier else ""


def _told(prompt: Prompt) -> Iterator[Known]:
    """What was remembered in this chat; the result names the fact."""
    blocks = [block for _, turn in prompt.turns for block in turn]
    results = {block["tool_use_id"]: block for block in blocks if block["type"] == "tool_result"}
    for block in blocks:
        if block["type"] == "tool_use" and block["name"] == "remember_fact" and block["id"] in results:
            answer = results[block["id"]]
            named = FACT_REFERENCE.search(plain_text(answer.get("content")))
            given = {name: str(block["input"].get(name, "")) for name in ("subject", "predicate", "value")}
            if not answer.get("is_error"):
                yield Known(**given, reference=named[0] if named else "")


def _standing(system: str) -> Iterator[Known]:
    for line in system.splitlines():
        if (match := FACT.match(line)) is not None:
            yield Known(match["subject"], match["predicate"], match["value"], match["told"], match["ref"])


def step(ask: Ask, prompt: Prompt) -> Step | None:
    """None where the words are about nothing of this, or the tool for it is missing."""
    mind = Mind.of(ask, prompt)
    for rule, needed in RULES:
        if needed in mind.offered and (found := rule(mind)) is not None:
            return found
    return None


def remember(mind: Mind) -> Step | None:
    told = told_in(mind.ask.text)
    return _keep(mind, told) if told is not None else None


def correct(mind: Mind) -> Step | None:
    match = WRONG.match(mind.ask.text)
    if match is None or not bare(match["rest"]):
        return None
    told = told_in(match["rest"])
    if told is None:
        value = re.sub(r"^(?:it[’']?s|it is|es|son) ", "", bare(match["rest"]), flags=re.IGNORECASE)
        before = mind.about(mind.topic)
        told = Known(before.subject if before else "me", before.predicate if before else mind.topic or "note", value)
    return _keep(mind, told, correction=True)


def _keep(mind: Mind, told: Known, *, correction: bool = False) -> Step:
    if not mind.done:
        more: dict[str, Any] = {"correction": True} if correction else {}
        more |= {"several": True} if told.predicate == "note" else {}
        return [("remember_fact", {"subject": told.subject, "predicate": told.predicate, "value": told.value, **more})]
    result = mind.done[-1]
    if result.is_error:
        return failed(mind.ask, result)
    answer = shortened(SHOWN_REFERENCE.sub("", result.text), SUMMARY)
    return mind.ask.pick(
        f"Noted by the **built-in stand-in**: {answer}", f"Lo anotó el **suplente integrado**: {answer}"
    )


def tell_value(mind: Mind) -> Step | None:
    """What is my …? From the prompt where it stands there, else by a search."""
    match = WHAT.match(mind.ask.text)
    if match is None:
        return None
    topic = bare(match["rest"])
    known = mind.about(topic)
    if known is None or mind.done:
        return _search(mind, mind.ask.text)
    told = f" ({known.told})" if known.told else ""
    return mind.ask.pick(
        f"Your {topic}: **{known.value}**{told}. – the *built-in stand-in*",
        f"Tu {topic}: **{known.value}**{told}. – el *suplente integrado*",
    )


def tell_known(mind: Mind) -> Step | None:
    """What do you know about me, or about somebody?"""
    match = KNOW.match(mind.ask.text)
    if match is None:
        return None
    who = bare(match["rest"])
    if "facts_about" not in mind.offered:
        return _search(mind, mind.ask.text)
    if not mind.done:
        return [("facts_about", {"subject": "me" if ME.match(who) else who})]
    return _found(mind, mind.done[-1])


def find(mind: Mind) -> Step | None:
    match = FIND.match(mind.ask.text)
    return _search(mind, bare(match["rest"])) if match is not None else None


def _search(mind: Mind, query: str) -> Step:
    return _found(mind, mind.done[-1]) if mind.done else [("recall", {"query": query})]


def _found(mind: Mind, result: ToolResult) -> str:
    """As people read it: the first places, without the references."""
    if result.is_error:
        return failed(mind.ask, result)
    places = "\n\n".join(SHOWN_REFERENCE.sub("", result.text).strip().split("\n\n")[:PLACES])
    said = mind.ask.pick("This is what was found (*built-in stand-in*):", "Esto se encontró (*suplente integrado*):")
    return f"{said}\n\n{shortened_lines(places)}"


def shortened_lines(text: str) -> str:
    kept = [shortened(line, LINE) for line in text.splitlines() if line.strip()]
    return "\n".join(kept[:LINES]) + ("\n…" if len(kept) > LINES else "")


def tell_source(mind: Mind) -> Step | None:
    """Where did you get that? By the fact's reference, which stands in the prompt or is found first."""
    match = SOURCE.match(mind.ask.text)
    if match is None:
        return None
    topic = _topic_of(mind, match["rest"])
    known = mind.about(topic)
    last = mind.done[-1] if mind.done else None
    if last is None and (known is None or not known.reference or "where_from" not in mind.offered):
        return [("recall", {"query": f"{topic} {known.value if known else ''}".strip()})]
    if last is None:
        return [("where_from", {"reference": known.reference if known else ""})]
    if last.tool == "recall" and not last.is_error and "where_from" in mind.offered:
        facts = [found for found in references(last.text, topic, known) if found.startswith("fact:")]
        if facts:
            return [("where_from", {"reference": facts[0]})]
    return _found(mind, last)


def forget(mind: Mind) -> Step | None:
    """Found first, then forgotten by reference and by the passage itself."""
    match = FORGET.match(mind.ask.text)
    if match is None:
        return None
    topic = _topic_of(mind, match["rest"])
    known = mind.about(topic)
    if not mind.done:
        return [("recall", {"query": f"{topic} {known.value if known else ''}".strip()})]
    last = mind.done[-1]
    if last.tool == "forget" or last.is_error:
        return failed(mind.ask, last) if last.is_error else _gone(mind, last)
    found = references(last.text, topic, known)
    if known is not None and known.reference and known.reference not in found:
        found.append(known.reference)
    own = [each.value for each in mind.known if is_about(each.predicate, topic)]
    words = [*own, *values_in(last.text, known.predicate if known is not None else topic)]
    words += [text for text in mind.noted if plain(text) == plain(topic)]
    if not found and not words:
        return mind.ask.pick(
            "I found nothing of that to forget. (*built-in stand-in*)",
            "No encontré nada de eso. (*suplente integrado*)",
        )
    return [("forget", {"references": found, "words": list(dict.fromkeys(words))})]


def _gone(mind: Mind, result: ToolResult) -> str:
    answer = shortened(result.text, SUMMARY)
    return mind.ask.pick(f"Forgotten (*built-in stand-in*): {answer}", f"Olvidado (*suplente integrado*): {answer}")


def _topic_of(mind: Mind, rest: str) -> str:
    topic = bare(rest)
    if THAT.match(topic):
        return mind.topic
    told = told_in(f"remember that {topic}")
    return told.predicate if told is not None and told.predicate not in ("note", "is", "es") else topic


def references(text: str, topic: str, known: Known | None) -> list[str]:
    """Those found whose own lines speak of the topic; first those that say what is known."""
    places = list(REFERENCE.finditer(text))
    wanted = words_of(topic)
    told: dict[str, bool] = {}
    for place, match in enumerate(places):
        begin = text.rfind("\n", 0, match.start()) + 1
        end = places[place + 1].start() if place + 1 < len(places) else len(text)
        lines = plain(text[begin : max(end, match.end())])
        says = known is not None and stands_in(known.value, lines)
        if says or (wanted and wanted <= words_of(lines)):
            told.setdefault(match[0], says)
    return sorted(told, key=lambda reference: not told[reference])


def note_down(mind: Mind) -> Step | None:
    """Into a document of knowledge/: looked at first, then made or added to."""
    match = noted_in(mind.ask.text)
    if match is None:
        return None
    topic, text = match["topic"].lower(), bare(match["text"])
    path = f"/memories/knowledge/{topic}.md"
    if not mind.done:
        return [("memory", {"command": "view", "path": path})]
    last = mind.done[-1]
    if len(mind.done) == 1 and last.is_error:
        content = f"# {topic.capitalize()}\n\n- {text}\n"
        return [("memory", {"command": "create", "path": path, "file_text": content})]
    if len(mind.done) == 1:
        numbers = re.findall(r"^ *(\d+)\t.*\S", last.text, re.MULTILINE)  # below the last line that says something
        line = int(numbers[-1]) if numbers else 0
        return [("memory", {"command": "insert", "path": path, "insert_line": line, "insert_text": f"- {text}\n"})]
    if last.is_error:
        return failed(mind.ask, last)
    return mind.ask.pick(f"Written down in {path} (*built-in stand-in*).", f"Anotado en {path} (*suplente integrado*).")


RULES: tuple[tuple[Callable[[Mind], Step | None], str], ...] = (  # and the tool without which there is no point
    (forget, "forget"),
    (tell_source, "recall"),
    (correct, "remember_fact"),
    (note_down, "memory"),
    (tell_known, "recall"),
    (tell_value, "recall"),
    (remember, "remember_fact"),
    (find, "recall"),
)
