"""The stand-in's rules for what is to come at a time: asked for, listed, changed, left out, in English or Spanish.

As in `memory_rules`, each rule is asked again after every result of a tool. The words about time go on to the tool as
they were said: whether they can be understood is the product's affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulators.anthropic.memory_words import bare, words_of
from simulators.anthropic.prompt import Prompt, ToolResult, plain_text
from simulators.anthropic.rules import Ask, failed, language_of, shortened
from simulators.anthropic.schedule_words import reworded

Call = tuple[str, dict[str, Any]]
Step = str | list[Call]

LISTED = re.compile(r"^\[(?P<id>[0-9a-f]{6})\] “(?P<title>.+?)”, (?P<rest>.+)$", re.MULTILINE)
NAMED = re.compile(r"\[([0-9a-f]{6})\] ?")
MOST_LINES, LINE = 10, 450
TASK = re.compile(
    r"^\[a scheduled task:.*?\]\s*Task: (?P<title>[^\n]*)\n.*?^What to do: (?P<what>[^\n]*)", re.DOTALL | re.MULTILINE
)
POLITE = r"^\W*(?:please |por favor,? )?"


def found(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


def starts(*words: str) -> re.Pattern[str]:
    return re.compile(rf"{POLITE}(?:{'|'.join(words)})\b(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)


LIST = found(
    r"what(?:[’']?s| is| do i have| have i) (?:still )?(?:scheduled|planned)", r"(?:which|what) reminders",
    r"(?:show|list) (?:me )?(?:my )?(?:schedules?|reminders)", r"qu[eé] (?:hay|tengo|tienes) (?:programado|previsto)",
    r"(?:mu[eé]strame|dime) (?:mis|los) recordatorios", r"qu[eé] recordatorios",
)  # fmt: skip
REMIND = found(
    r"remind (?:me|us)", r"(?:set|make|create) (?:me )?an? reminder", r"don[’']?t let me forget",
    r"recu[eé]rda(?:me|nos)", r"av[ií]sa(?:me|nos)", r"(?:pon|crea)(?:me)? un recordatorio",
)  # fmt: skip
SEND = found(
    r"(?:send|give|tell|show|write|read) (?:me|us)", r"(?:env[ií]a|m[aá]nda|di|da|escr[ií]be)(?:me|nos)"
)  # fmt: skip
WHEN = found(
    "every", "each", "daily", "weekly", "hourly", "monthly", "weekdays", "tomorrow", "tonight",
    r"in (?:\d+|an?|two|three|half)", "on (?:mon|tues|wednes|thurs|fri|satur|sun)day", "todos los", "todas las", "cada",
    "diariamente", "ma[ñn]ana", "esta noche", "dentro de", r"en (?:\d+|una?|dos|media)",
    "el (?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)",
)  # fmt: skip
SKIP = starts("skip", "leave out", "s[aá]lta(?:te)?", "omite", "qu[ií]ta")
PAUSE = starts("pause", "pausa", "pon en pausa")
RESUME = starts("resume", "unpause", "reanuda", "reactiva")
DELETE = starts("delete", "cancel", "remove", "borra", "elimina", "cancela")
CHANGE = starts(
    r"(?:change|move|reschedule|cambia|mueve|pasa)\s+(?P<which>.+?)\s+(?:to|for|a|para)(?=\s)"
)  # fmt: skip
NOW = starts(
    r"(?:run|do|send|haz|ejecuta|env[ií]a|manda)\s+(?P<which>.+?)\s+(?:(?:right )?now|ahora(?: mismo)?)(?=\W*$)"
)  # fmt: skip
EMPTY = re.compile(
    r"^\W*(?:(?:the|my|that|this|it|one|reminder|about|of|to|for|el|la|los|las|lo|mi|mis|eso|esto|ese|esa|recordatorio|de"
    r"|del|sobre|al?)\b\W*)+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Listed:
    """A task, as a result of a tool shows it."""

    id: str
    title: str
    rest: str


@dataclass(frozen=True)
class Mind:
    """What the request shows."""

    ask: Ask
    done: Sequence[ToolResult]  # since the person's last words
    spoken_of: str  # the id of the task that a tool named last, before the last words

    @property
    def tasks(self) -> list[Listed]:
        listed = next((each for each in self.done if each.tool == "list_schedules"), None)
        return [Listed(*match.groups()) for match in LISTED.finditer(listed.text)] if listed is not None else []

    def named(self, words: str) -> Listed | None:
        """The task with most of the words in its title; without any, the one spoken of last, or the only one."""
        wanted = words_of(EMPTY.sub("", words))
        ranked = sorted(self.tasks, key=lambda task: -len(wanted & words_of(task.title)))
        if ranked and wanted & words_of(ranked[0].title):
            return ranked[0]
        last = next((task for task in self.tasks if task.id == self.spoken_of), None)
        return last or (self.tasks[0] if len(self.tasks) == 1 else None)


def step(ask: Ask, prompt: Prompt) -> Step | None:
    """None where the words are about nothing of this, or the tools are missing."""
    if "create_schedule" not in {tool["name"] for tool in prompt.tools}:
        return None
    mind = Mind(ask, prompt.results_so_far, _spoken_of(prompt))
    for rule in RULES:
        if (wanted := rule(mind)) is not None:
            return wanted
    return None


def _spoken_of(prompt: Prompt) -> str:
    results = [
        plain_text(block.get("content")) for _, turn in prompt.turns for block in turn if block["type"] == "tool_result"
    ]
    earlier = results[: len(results) - len(prompt.results_so_far)]
    named = [NAMED.findall(text) for text in earlier]
    return next((ids[0] for ids in reversed(named) if len(ids) == 1), "")


def carry_out(mind: Mind) -> Step | None:
    """A task whose time has come. It knows nothing but what is scheduled, and says so."""
    match = TASK.match(mind.ask.text)
    if match is None:
        return None
    if not mind.done:
        return [("list_schedules", {})]
    ask = replace(mind.ask, language=language_of(match["what"]))
    said = ask.pick(
        f"**{match['title']}** – the *built-in stand-in* (no real model) knows only what is scheduled:",
        f"**{match['title']}** – el *suplente integrado* (sin modelo real) solo sabe lo que hay programado:",
    )
    return f"{said}\n\n{_lines(mind.done[-1].text, ask.language)}"


def tell_all(mind: Mind) -> Step | None:
    if not LIST.search(mind.ask.text):
        return None
    return _told(mind) if mind.done else [("list_schedules", {})]


def create(mind: Mind) -> Step | None:
    text = mind.ask.text
    is_reminder = REMIND.search(text) is not None
    if not is_reminder and not (SEND.search(text) and WHEN.search(text)):
        return None
    if mind.done:
        return _told(mind)
    kind = "reminder" if is_reminder else "task"
    return [("create_schedule", {"when": text.strip(), "what": "", "kind": kind})]


def skip(mind: Mind) -> Step | None:
    match = SKIP.match(mind.ask.text)
    if match is None:
        return None
    rest = bare(match["rest"])

    def call(task: Listed) -> Call:
        apart = "|".join(map(re.escape, re.findall(r"\w+", task.title)))
        which = re.sub(rf"\b(?:{apart}|reminder|recordatorio)\b", "", rest, flags=re.IGNORECASE)
        which = re.sub(r"^(?:the|my|mi) (?!next)", "", " ".join(which.split()), flags=re.IGNORECASE)
        return "skip_schedule", {"schedule": task.id, "which": which or "the next one"}

    return _about(mind, rest, call)


def pause(mind: Mind) -> Step | None:
    match = PAUSE.match(mind.ask.text)
    return _about(mind, match["rest"], lambda task: ("pause_schedule", {"schedule": task.id})) if match else None


def resume(mind: Mind) -> Step | None:
    match = RESUME.match(mind.ask.text)
    if match is None:
        return None
    return _about(mind, match["rest"], lambda task: ("pause_schedule", {"schedule": task.id, "resume": True}))


def delete(mind: Mind) -> Step | None:
    match = DELETE.match(mind.ask.text)
    return _about(mind, match["rest"], lambda task: ("delete_schedule", {"schedule": task.id})) if match else None


def change(mind: Mind) -> Step | None:
    match = CHANGE.match(mind.ask.text)
    if match is None:
        return None
    when = bare(match["rest"])
    return _about(mind, match["which"], lambda task: ("change_schedule", {"schedule": task.id, "when": when}))


def run_now(mind: Mind) -> Step | None:
    match = NOW.match(mind.ask.text)
    return _about(mind, match["which"], lambda task: ("run_schedule_now", {"schedule": task.id})) if match else None


def _about(mind: Mind, words: str, call: Callable[[Listed], Call]) -> Step:
    """Look the task up, do it, tell what came of it."""
    if not mind.done:
        return [("list_schedules", {})]
    if mind.done[-1].tool != "list_schedules" or not mind.tasks:
        return _told(mind)
    task = mind.named(words)
    if task is not None:
        return [call(task)]
    said = mind.ask.pick("Which one do you mean?", "¿Cuál de ellos?")
    who = mind.ask.pick("built-in stand-in", "suplente integrado")
    return f"{said} (*{who}*)\n\n{_lines(mind.done[-1].text, mind.ask.language)}"


def _told(mind: Mind) -> str:
    result = mind.done[-1]
    if result.is_error:
        return failed(mind.ask, result)
    said = mind.ask.pick("Says the **built-in stand-in**:", "Dice el **suplente integrado**:")
    return f"{said}\n\n{_lines(result.text, mind.ask.language)}"


def _lines(text: str, language: str) -> str:
    """As people read it, nothing twice."""
    said = dict.fromkeys(line for line in text.splitlines() if line.strip())
    kept = [f"- {shortened(reworded(line, language), LINE)}" for line in said]
    return "\n".join(kept[:MOST_LINES]) + ("\n- …" if len(kept) > MOST_LINES else "")


RULES: tuple[Callable[[Mind], Step | None], ...] = (
    carry_out,
    tell_all,
    skip,
    pause,
    resume,
    change,
    run_now,
    create,
    delete,
)
