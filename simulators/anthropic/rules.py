"""The stand-in's rules: what a text asks for, in English or Spanish, and what is said or which tool is called."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from simulators.anthropic.prompt import Prompt, ToolResult

MAX_URLS = 3
SUMMARY = 400  # characters
SHOWN = 300  # characters of a quoted text
MAX_TOOLS_LISTED = 20

_SPANISH = re.compile(
    r"[ñ¿¡áéíóúü]|\b(hola|buenos|buenas|gracias|que|qué|hora|puedes|hacer|por|favor|el|la|los|las|una?|es|de|mañana|hoy"
    r"|quiero|necesito|recu[eé]rdame|adi[oó]s|chao|cu[aá]l|d[oó]nde|c[oó]mo|mira|lee|resume|no|son|olvida|eso|anota|en|mi|mis|su)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\b(hello|hi|hey|good|thanks|thank|the|what|time|is|are|you|can|do|please|of|and|to|tomorrow|today|want|need|remind"
    r"|bye|which|where|how|look|read|summari[sz]e|my|i)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def language_of(text: str) -> Literal["en", "es"]:
    return "es" if len(_SPANISH.findall(text)) > len(_ENGLISH.findall(text)) else "en"


@dataclass(frozen=True)
class Ask:
    """What the person wants to know, and in which language."""

    text: str
    language: Literal["en", "es"]
    tools: tuple[tuple[str, str], ...]  # name and description

    @classmethod
    def of(cls, prompt: Prompt) -> Ask:
        text = prompt.last_user
        tools = tuple((tool["name"], tool.get("description", "")) for tool in prompt.tools)
        return cls(text, language_of(text), tools)

    def pick(self, en: str, es: str) -> str:
        return es if self.language == "es" else en


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`say` answers at once. `tool` is called, where it is offered, with those of `arguments` that its schema knows,
    once for each of the first `most` matches, and `report` puts the result into words. With both, `say` serves where
    the tool is missing.
    """

    pattern: re.Pattern[str]
    say: Callable[[Ask], str] | None = None
    tool: str | None = None
    arguments: Callable[[re.Match[str]], dict[str, Any]] = lambda _match: {}
    report: Callable[[Ask, ToolResult], str] = lambda _ask, result: result.text
    most: int = 1


def either(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


def shortened(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def _fields(text: str) -> dict[str, Any]:
    """The result as an object, {} where it is plain text."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def failed(ask: Ask, result: ToolResult) -> str:
    problem = shortened(result.text, SUMMARY)
    return ask.pick(f"That did not work: {problem}", f"Eso no funcionó: {problem}")


def _tell_time(ask: Ask, result: ToolResult) -> str:
    if result.is_error:
        return failed(ask, result)
    fields = _fields(result.text)
    named = [
        str(fields[name]) for name in ("weekday", "local", "local_time", "now", "time", "timezone") if name in fields
    ]
    shown = ", ".join(named) or shortened(result.text, SUMMARY)
    return ask.pick(f"It is **{shown}**.", f"Ahora es **{shown}**.")


def _tell_page(ask: Ask, result: ToolResult) -> str:
    url = str(result.arguments.get("url", ""))
    if result.is_error:
        problem = shortened(result.text, SUMMARY)
        return ask.pick(f"I could not read {url}: {problem}", f"No pude leer {url}: {problem}")
    fields = _fields(result.text)
    text = str(next((fields[name] for name in ("text", "content", "body") if fields.get(name)), result.text))
    title = f"**{fields['title']}**\n\n" if fields.get("title") else ""
    beginning = shortened(" ".join(_SENTENCE.split(" ".join(text.split()))[:3]), SUMMARY)
    said = ask.pick(f"Here is how {url} begins:", f"Así empieza {url}:")
    return f"{said}\n\n{title}> {beginning}"


def _sent(en: str, es: str) -> Callable[[Ask, ToolResult], str]:
    def report(ask: Ask, result: ToolResult) -> str:
        return failed(ask, result) if result.is_error else ask.pick(en, es)

    return report


def _abilities(ask: Ask) -> str:
    if not ask.tools:
        return ask.pick(
            "I have no tools here, so I can only talk. I'm the *built-in stand-in*: no real model is connected.",
            "Aquí no tengo herramientas, así que solo puedo conversar. Soy el *suplente integrado*: no hay un modelo "
            "real conectado.",
        )
    lines = [f"- **{name}** – {shortened(about, 100)}" for name, about in ask.tools[:MAX_TOOLS_LISTED]]
    said = ask.pick(
        "I'm the *built-in stand-in* (no real model is connected). These are the tools I was given:",
        "Soy el *suplente integrado* (no hay un modelo real conectado). Estas son las herramientas que me dieron:",
    )
    return said + "\n\n" + "\n".join(lines)


def _greet(ask: Ask) -> str:
    return ask.pick(
        "Hello! 👋 I'm the **built-in stand-in**: no real model is connected. Ask me what time it is, send me a link, "
        "or ask what I can do.",
        "¡Hola! 👋 Soy el **suplente integrado**: no hay un modelo real conectado. Pregúntame qué hora es, envíame un "
        "enlace o pregunta qué puedo hacer.",
    )


def _welcome(ask: Ask) -> str:
    return ask.pick("You're welcome! 😊", "¡Con mucho gusto! 😊")


def _part(ask: Ask) -> str:
    return ask.pick("Goodbye! Write whenever you like.", "¡Hasta luego! Escríbeme cuando quieras.")


def otherwise(ask: Ask) -> str:
    """What is said where no rule fits."""
    if not ask.text:
        return ask.pick(
            "I'm the built-in stand-in and saw no text in that.", "Soy el suplente integrado y no vi texto ahí."
        )
    quoted = shortened(ask.text, SHOWN)
    return ask.pick(
        f"I'm the **built-in stand-in** (no real model is connected), so I can only follow simple rules. "
        f"I understood:\n\n> {quoted}\n\n"
        "You can try:\n\n- *what time is it?*\n- *remind me in 2 minutes to call the lender*\n- a link to a page\n"
        "- *what can you do?*",
        f"Soy el **suplente integrado** (no hay un modelo real conectado), así que solo sigo reglas sencillas. "
        f"Entendí:\n\n> {quoted}\n\n"
        "Puedes probar:\n\n- *¿qué hora es?*\n- *recuérdame en 2 minutos llamar al banco*\n- un enlace a una página\n"
        "- *¿qué puedes hacer?*",
    )


def report_unknown(ask: Ask, result: ToolResult) -> str:
    """The result of a tool that no rule names: a script may have called it."""
    if result.is_error:
        return failed(ask, result)
    shown = shortened(result.text, SUMMARY)
    return ask.pick(f"`{result.tool}` answered: {shown}", f"`{result.tool}` respondió: {shown}")


# Tools first, small talk after: the first rule whose pattern is found speaks, every tool that fits is called.
RULES: tuple[Rule, ...] = (
    Rule(
        pattern=re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]"),
        tool="fetch_url",
        arguments=lambda match: {"url": match[0]},
        report=_tell_page,
        most=MAX_URLS,
    ),
    Rule(
        pattern=either(r"what(?:'s|’s| is)? (?:the )?(?:time|day|date)", "qu[eé] (?:hora|d[ií]a|fecha)s?", "la hora"),
        tool="current_time",
        report=_tell_time,
        say=lambda ask: ask.pick(
            "I was given no clock here, so I cannot tell the time.", "Aquí no me dieron reloj, así que no sé la hora."
        ),
    ),
    Rule(
        pattern=either(r"(?:send|give) me an? file", "(?:env[ií]a|m[aá]nda|d[aá])me un (?:archivo|fichero)"),
        tool="send_file",
        arguments=lambda _match: {"name": "stand-in.csv", "text_content": "day,visit\nMonday,10:00\nFriday,17:30\n"},
        report=_sent("A file of the **built-in stand-in**.", "Un archivo del **suplente integrado**."),
    ),
    Rule(
        pattern=either(
            r"(?:give|show) me (?:some )?(?:options|choices|buttons)",
            "(?:d[aá]|ens[eé][ñn]a|muestra)me (?:opciones|botones)",
        ),
        tool="offer_choices",
        arguments=lambda _match: {"options": ["Monday", "Wednesday", "Friday"]},
        report=_sent(
            "Which day? (The **built-in stand-in** asks, no real model.)",
            "¿Qué día? (Pregunta el **suplente integrado**, no un modelo real.)",
        ),
    ),
    Rule(
        pattern=either("react", "reacciona", "(?:una )?reacci[oó]n"),
        tool="react",
        arguments=lambda _match: {"emoji": "👍"},
        report=_sent("That was the **built-in stand-in**.", "Ha sido el **suplente integrado**."),
    ),
    Rule(
        pattern=either(
            r"(?:talk|speak) (?:to|with) (?:an? |the )?(?:human|person|someone|somebody|owner)",
            "hablar con (?:una? |el |la )?(?:persona|humano|alguien|dueñ[oa])",
        ),
        tool="ask_for_a_person",
        arguments=lambda match: {"reason": match[0]},
        report=_sent(
            "I passed it on to the team. (This is the **built-in stand-in**.)",
            "Se lo he dicho al equipo. (Soy el **suplente integrado**.)",
        ),
    ),
    Rule(
        pattern=either("what can you do", "what do you do", "help", "qu[eé] (?:puedes|sabes) hacer", "ayuda"),
        say=_abilities,
    ),
    Rule(pattern=either("thanks", "thank you", "thx", "(?:muchas )?gracias"), say=_welcome),
    Rule(pattern=either("bye", "goodbye", "see you", "adi[oó]s", "hasta luego", "chao"), say=_part),
    Rule(
        pattern=re.compile(
            r"^\W*(hello|hi|hey|good (morning|afternoon|evening)|hola|buen[oa]s( d[ií]as| tardes| noches)?)\b",
            re.IGNORECASE,
        ),
        say=_greet,
    ),
)
