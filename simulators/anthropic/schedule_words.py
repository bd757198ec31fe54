"""What the tools of the schedules answer, which is said to a model, as the stand-in says it to a person."""

from __future__ import annotations

import re

WEEKDAYS = {"Mon": "lun", "Tue": "mar", "Wed": "mié", "Thu": "jue", "Fri": "vie", "Sat": "sáb", "Sun": "dom"}
WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b(?= \d{{4}}-)")

WINDOW = (
    r"^(\w+) takes free text only until (\d+) hours after the person wrote last, which is (.+?) as it stands\. "
    r"Unless they write again before, what comes after that "
)
WINDOW_EN = (
    r"\1 lets me write only until \2 hours after your last message (\3 as it stands). "
    r"Unless you write before, what comes after that "
)
WINDOW_ES = (
    r"\1 solo me deja escribirte hasta \2 horas después de tu último mensaje (por ahora, hasta \3). "
    r"Si no escribes antes, lo que venga después "
)

# What stands there; how it is said in English; and in Spanish, without the rule, which the tool says in English.
REWORDED: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), english, spanish)
    for pattern, english, spanish in (
        (r"\[[0-9a-f]{6}\] ?", "", ""),
        (
            r"“([^“”]+)”, a (?:reminder|task for you)( for [^,(]+)?(?: \(“.*?”\))?, (.+?) \(([^()]+)\)\. ",
            r"“\1”\2, \3 (\4). ",
            r"«\1»\2 (\4). ",
        ),
        (r"» for ", "» for ", "» para "),
        (r"^Scheduled: ", "Scheduled: ", "Programado: "),
        (r"^It was scheduled already: ", "It was scheduled already: ", "Ya estaba programado: "),
        (r"^It is now: ", "It is now: ", "Ahora es: "),
        (r"^It goes on: ", "It goes on: ", "Sigue: "),
        (r"^It comes in a moment, by itself: .*? as well\. ", "It comes in a moment: ", "Llega enseguida: "),
        (r"^Left out: ", "Left out: ", "Se omite: "),
        (r"^Comes after all: ", "Comes after all: ", "Llega después de todo: "),
        (r"^Nothing is scheduled\.", "Nothing is scheduled.", "No hay nada programado."),
        (
            r"^Deleted: “(.+)”\. It will not come any more\.",
            r"Deleted: “\1”. It will not come any more.",
            r"Borrado: «\1». Ya no llegará.",
        ),
        (r"\bNext: ([^,]+)$", r"Next: \1", r"Próxima vez: \1"),
        (r"\bNext: ", "Next: ", "Próximas veces: "),
        (r"\(put off from ", "(put off from ", "(aplazado desde las "),
        (r"\bPaused: .*? resumed\.", "Paused: it does not come until it is resumed.", "En pausa hasta que se reanude."),
        (r"\bStopped, as .*? resumed\.", "Stopped, as it failed too often.", "Detenido: ha fallado demasiadas veces."),
        (r"\bOver: it has no further time\.", "Over: it has no further time.", "No queda ninguna vez más."),
        (
            r"^Quiet hours \((\S+) to (\S+)\) put it off;.*",
            r"Quiet hours (\1 to \2) put it off.",
            r"Las horas de silencio (de \1 a \2) lo aplazan.",
        ),
        (WINDOW, WINDOW_EN, WINDOW_ES),
        (r"\bis held until they write[^.]*", "is held until you write", "espera a que escribas"),
        (r"\bis sent to their chat on (\w+) instead", r"goes to your chat on \1", r"va a tu chat de \1"),
        (
            r"\bgoes out as the approved template “(.+?)”(?:, or is held [^.]*)?",
            r"goes out as the approved template “\1”",
            r"sale como la plantilla aprobada «\1»",
        ),
        (
            r"\bOffer them that it comes over (\w+) instead.*",
            r"It could come over \1 instead, which takes it at any time.",
            r"También podría llegar por \1, que lo admite a cualquier hora.",
        ),
        (
            r"\bNot verified: words from outside had a part in it\.",
            "Words from outside had a part in it.",
            "Hay en él palabras de fuera.",
        ),
    )
)


def reworded(line: str, language: str) -> str:
    for pattern, english, spanish in REWORDED:
        line = pattern.sub(spanish if language == "es" else english, line)
    return WEEKDAY.sub(lambda match: WEEKDAYS[match[0]], line) if language == "es" else line
