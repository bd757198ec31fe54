"""Each language's words and grammar, compiled once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Literal

from scheduling.language import english, spanish
from scheduling.language.actions import ACTIONS
from scheduling.language.notation import Grammar
from scheduling.language.productions import BOTH, ENGLISH, SPANISH
from scheduling.language.text import Lexicon, Vocabulary, compile_lexicon

Tongue = Literal["en", "es"]
MODULES: dict[Tongue, tuple[ModuleType, str]] = {"en": (english, ENGLISH), "es": (spanish, SPANISH)}


@dataclass(frozen=True, kw_only=True)
class Speech:
    tongue: Tongue
    lexicon: Lexicon
    grammar: Grammar


@lru_cache(maxsize=2)
def speech(tongue: Tongue) -> Speech:
    module, productions = MODULES[tongue]
    around: Vocabulary = {
        "COURTESY": {None: module.COURTESY},
        "REMINDER": {None: module.REMINDERS},
        "ANSWER": {None: module.ANSWERS},
        "TIMER": {None: module.TIMERS},
        "LINK": {None: module.LINKS},
        "VAGUE": {None: module.VAGUE},
        "EVENT": {None: module.EVENTS},
        "BENDING": {None: module.BENDING},
        "DETERMINER": {None: module.DETERMINERS},
        "ATTRIBUTE": {None: module.ATTRIBUTES},
        "TELLING": {None: module.TELLING},
        "MODIFIER": {None: module.MODIFIERS},
        "OPENING": {None: module.OPENING},
        "ELSEWHERE": {None: module.ELSEWHERE},
        "CONDITION": {None: module.CONDITION},
        "WEAK": {None: module.SINGLETONS},
    }
    return Speech(
        tongue=tongue,
        lexicon=compile_lexicon(module.WORDS, around),
        grammar=Grammar(productions + BOTH, ACTIONS),
    )
