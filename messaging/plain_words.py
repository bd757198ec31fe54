"""“Yes” and “no” in words, where nobody taps a button: a closed list; what else begins like one is unclear. Pure."""

from __future__ import annotations

from typing import Literal

from messaging.consent import plain

YES = frozenset(
    {
        *(
            "yes",
            "yes please",
            "yes do it",
            "yes do that",
            "yes go ahead",
            "yes send it",
            "yes allow it",
            "yes i allow it",
        ),
        *("do it", "go ahead", "allow", "allow it", "i allow it", "confirm", "confirmed", "i confirm", "approved"),
        *("si", "si por favor", "si hazlo", "hazlo", "adelante", "si adelante", "si envialo", "envialo", "permitir"),
        *("permitelo", "lo permito", "confirmo", "confirmado", "si confirmo", "de acuerdo hazlo"),
    }
)
STOP = frozenset({"stop", "alto", "parar"})  # a “no” where something waits for an answer; else a wish to be left alone
NO = frozenset(
    {
        *STOP,
        *("no", "no thanks", "no thank you", "nope", "don t", "do not", "don t do it", "do not do it", "no don t"),
        *("no don t do it", "don t send it", "decline", "no gracias", "no lo hagas", "mejor no", "no lo envies"),
        *("no hazlo no", "no lo permito", "no permitir"),
        *("dont", "dont do it", "dont send it", "no dont", "nah", "cancel", "cancel it", "cancela", "cancelalo"),
    }
)
BEGIN = frozenset(
    {
        *("yes", "yeah", "yep", "yup", "ok", "okay", "sure", "fine", "right", "allow", "confirm", "no", "nope", "not"),
        *("don", "wait", "go", "do", "si", "vale", "dale", "claro", "bueno", "listo", "hazlo", "adelante", "espera"),
        *("confirmo", "permitir", "mejor", "👍", "👌", "👎"),
    }
)
LONGEST = 60  # characters of what may be clear

Clarity = Literal["yes", "no", "unclear", ""]


def clarity_of(text: str) -> Clarity:
    """ "": not like an answer at all."""
    words = plain(text)
    if len(text) <= LONGEST and words in YES:
        return "yes"
    if len(text) <= LONGEST and words in NO:
        return "no"
    first = words.partition(" ")[0].strip("!¡?¿.,:;")
    return "unclear" if first in BEGIN or first[:1] in BEGIN else ""
