"""Words of everyday life that stand for each other, in English and Spanish. Hand-made, and no more than a chat needs.

The stemmer joins regular forms. Here are those it cannot join, words that people use for the same thing, and kinds of
things with what people name instead: who asks for a pet is answered with a dog.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType

from memory.search.vocabulary import english, spanish

SHORTEST = 3  # letters that an ending leaves
_TABLES: Mapping[str, ModuleType] = {"en": english, "es": spanish}
# Only as much as brings a word to its line of a table; the search itself compares the database's stems.
_ENDINGS: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": (
        *(("ies", "i"), ("ied", "i"), ("ing", ""), ("ed", ""), ("ss", "ss"), ("es", ""), ("s", "")),
        *(("ie", "i"), ("e", ""), ("y", "i")),
    ),
    "es": (("ces", "z"), ("es", ""), ("as", ""), ("os", ""), ("s", ""), ("a", ""), ("o", ""), ("e", "")),
}


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Of one language, by the root of a word."""

    forms: Mapping[str, Sequence[str]]
    alike: Mapping[str, Sequence[str]]
    months: Sequence[str]


@cache
def vocabulary(language: str) -> Vocabulary:
    """`language` is "en" or "es"."""
    table = _TABLES[language]
    forms: dict[str, dict[str, None]] = defaultdict(dict)
    alike: dict[str, dict[str, None]] = defaultdict(dict)
    for group in table.FORMS.split("/"):
        words = group.split()
        for word in words:
            forms[root(word, language)].update(dict.fromkeys(words))
    for group in table.ALIKE.split("/"):
        word, _, others = group.partition(":")
        alike[root(word.strip(), language)].update(dict.fromkeys(others.split()))
    return Vocabulary(
        forms={word: tuple(found) for word, found in forms.items()},
        alike={word: tuple(found) for word, found in alike.items()},
        months=table.MONTHS.split(),
    )


def root(word: str, language: str) -> str:
    """Enough of a folded word to know it again in the plural, or with a regular ending."""
    for ending, rest in _ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) + len(rest) >= SHORTEST:
            word = word.removesuffix(ending) + rest
            break
    if len(word) > SHORTEST and word[-1] == word[-2] and word[-1] not in "aeiouls":
        return word[:-1]  # planned, plan
    return word


@lru_cache(maxsize=4096)
def forms_of(word: str, language: str) -> Sequence[str]:
    """Of the same word, itself left out."""
    return tuple(form for form in vocabulary(language).forms.get(root(word, language), ()) if form != word)


@lru_cache(maxsize=4096)
def said_for(word: str, language: str) -> Sequence[str]:
    """What people also say for it, in all forms: "bought" leads to "purchase"."""
    known = vocabulary(language)
    own = dict.fromkeys(root(form, language) for form in (word, *forms_of(word, language)))
    found: dict[str, None] = {}
    for other in (other for form in own for other in known.alike.get(form, ())):
        found.update(dict.fromkeys((other, *forms_of(other, language))))
    return tuple(other for other in found if root(other, language) not in own)
