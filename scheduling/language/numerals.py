"""Ordinals as data, as far as the days of a month go."""

from __future__ import annotations

from collections.abc import Hashable

_ENGLISH = [
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth"),
    *("nineteenth", "twentieth"),
]
ENGLISH_ORDINALS: dict[Hashable, str] = {at + 1: word for at, word in enumerate(_ENGLISH)}
ENGLISH_ORDINALS |= {20 + at: f"twenty {_ENGLISH[at - 1]}" for at in range(1, 10)}
ENGLISH_ORDINALS |= {30: "thirtieth", 31: "thirty first"}

SPANISH_ORDINALS: dict[Hashable, str] = {
    1: "primer, primero, primera, primeros",
    2: "segundo, segunda",
    3: "tercer, tercero, tercera",
    4: "cuarto, cuarta",
    5: "quinto, quinta",
    6: "sexto, sexta",
    7: "septimo, septima",
    8: "octavo, octava",
    9: "noveno, novena",
    10: "decimo, decima",
}
