"""Addresses: "12 Oak Street", "calle Roble 12", "unit 7". Their numbers say no hour and no day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

ALWAYS_STREETS = "street|st|avenue|ave|road|rd|boulevard|blvd|parkway|pkwy|highway|hwy|lane|ln|drive|dr"
STREETS = (
    f"{ALWAYS_STREETS}|court|ct|place|pl|way|terrace|circle|cir|trail|trl|loop|square|sq|alley|row|run|ridge|plaza|"
    "path|hill|crescent|broadway|close|gardens|heights|walk"
)
NO_STREET = "a|an|the|to|at|in|on|by|of|for|and|or|from|this|that|my|our|your|his|her|their|i|we|am|pm|next|go"
CALLES = "calle|avenida|avda|av|paseo|plaza|carretera|calzada|carrera|bulevar|boulevard|callejon|privada|colonia|ronda"
# What no street is called: there the phrase goes on.
NO_CALLE = (
    "a|al|el|en|para|por|y|e|o|hoy|manana|pasado|cada|todos|todas|los|las|dentro|desde|hasta|entre|este|esta|con|"
    "lunes|martes|miercoles|jueves|viernes|sabado|sabados|domingo|domingos|proximo|que|antes|despues|diario"
)
MESES = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
UNITS = (
    "unit|apt|apartment|suite|ste|room|lot|building|bldg|gate|mls|piso|apartamento|apto|depto|departamento|"
    "lote|habitacion|torre|bloque|manzana|numero|num"
)
# Behind a number these make it a day, an hour or a length.
NO_NUMBER = (
    r"(?![\w:]|[.,/]\d|\s*(?:am|pm|a\.m|p\.m|h|hs|hrs?|hours?|horas?|min|mins|minutes?|minutos?|days?|dias?|weeks?|"
    r"semanas?|months?|mes|meses|years?|anos?|o'clock|en\s+punto)\b|\s+de\s+(?:ene|feb|mar|abr|may|jun|jul|ago|sep|set|"
    r"oct|nov|dic)|\s+de\s+la\s+(?:manana|tarde|noche|madrugada)\b)"
)
LONGEST_WORD = 20  # letters, of those of DATED

PATTERN = re.compile(
    rf"""(?<![\w:.,/#$€-])(?:
    (?P<number>\d{{1,5}})[a-z]?\s+(?:(?:[nsew]|[ns][ew])\.?\s+|(?:north|south|east|west)\s+)?
        (?P<names>(?:(?:[a-z][a-z'.-]*|\d{{1,3}}(?:st|nd|rd|th))\s+){{1,3}}?)(?P<street>{STREETS})\b
    |(?:(?:{CALLES})\b\.?|c/)\s*(?:(?!(?:{NO_CALLE})\b)[a-z][a-z'.]*,?\s+){{1,5}}?(?:(?:\#|n[o°]\.?|num\.?|numero)\s*)?
        \d{{1,5}}[a-z]?{NO_NUMBER}
    |en\s+(?P<calles>(?:(?!(?:{NO_CALLE}|{CALLES}|{MESES})\b)[a-z][a-z'.]*\s+){{1,3}}?)\d{{1,5}}[a-z]?{NO_NUMBER}
    |(?:{UNITS})\b\.?\s*\#?\s*\d{{1,5}}-?[a-z]?{NO_NUMBER}
    )""",
    re.VERBOSE,
)
DATED = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|every|each|in|ene|abr|ago|dic|cada|dentro\s+de)[a-z]*\.?\s+$"
)
SMALL = re.compile(rf"(?!(?:{NO_STREET})\b)[a-z'.-]+\s+|\d{{1,3}}(?:st|nd|rd|th)\s+")


def houses(folded: str, is_capital: Callable[[int], bool]) -> Iterator[tuple[int, int, int]]:
    """Where they begin and end in lower-case text, with the house number in front, else 0.

    "12 Oak Hill Court" is one by its capitals. Without capitals one word may stand before a word for a street.
    """
    for match in PATTERN.finditer(folded):
        number = match["number"]
        if match["calles"] and not _is_named(folded, match.span("calles"), is_capital):
            continue
        if number and not _is_street(folded, match, is_capital):
            continue
        yield match.start(), match.end(), int(number or 0)


def _is_street(folded: str, match: re.Match[str], is_capital: Callable[[int], bool]) -> bool:
    if DATED.search(folded, max(match.start() - LONGEST_WORD, 0), match.start()):
        return False  # "on March 20 Oak Street opens"
    is_plain = re.fullmatch(ALWAYS_STREETS, match["street"]) and SMALL.fullmatch(folded, *match.span("names"))
    return bool(is_plain) or _is_named(folded, match.span("names"), is_capital)


def _is_named(folded: str, span: tuple[int, int], is_capital: Callable[[int], bool]) -> bool:
    words = [span[0] + each.start() for each in re.finditer(r"\S+", folded[slice(*span)])]
    return all(is_capital(at) or folded[at].isdigit() for at in words)
