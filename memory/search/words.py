"""What a question asks for, as terms the index can look up. No Django.

The database stems words and leaves out those that say nothing. Here a question gets the words that may stand in the
answer for its own, and it is read whether it wants a time, or names one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from memory.search.types import Term
from memory.search.vocabulary import forms_of, said_for, vocabulary

MAX_TERMS = 60  # bits of a candidate, and work of the database; a pasted letter is not a question
FORM = 0.7  # an irregular form is less sure than the word itself: "left" may be a direction
LIKE = 0.5  # another word for it: more would cost questions that the words themselves answer

_WORD = re.compile(r"[^\W_]+")
_WHEN = re.compile(
    r"\b(when|(what|which) (day|date|month|year|time|season|week)|how (long|old|often|soon|recently)"
    r"|cuando|que (dia|fecha|mes|ano|hora|epoca)|cuant[oa]s? (tiempo|dias|semanas|meses|anos|horas))\b"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_OPENING = frozenset({"will", "may", "can"})  # they begin a question, and are names and a month too


@dataclass(frozen=True, kw_only=True)
class Question:
    """A query as the ranking sees it: bit i of a candidate belongs to `terms[i]`."""

    terms: tuple[Term, ...]
    wants_time: bool = False
    months: frozenset[int] = frozenset()  # that it names, 1 to 12
    years: frozenset[int] = frozenset()


def fold(text: str) -> str:
    """Lower case without accents, as the index keeps words."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(part for part in parts if not unicodedata.combining(part))


def understand(query: str, language: str) -> Question:
    """`language` is "en" or "es"; words of the other are looked up all the same."""
    words = asked_words(query)
    months = vocabulary(language).months
    return Question(
        terms=tuple(terms(query, language)),
        wants_time=_WHEN.search(fold(query)) is not None,
        months=frozenset(months.index(word) + 1 for word in words if word in months),
        years=frozenset(int(word) for word in words if _YEAR.fullmatch(word)),
    )


def terms(query: str, language: str) -> list[Term]:
    """First what was asked, then what may stand for it: of a long query it is the latter that is cut off."""
    words = asked_words(query)[:MAX_TERMS]
    own = [Term(word=word, of=place) for place, word in enumerate(words)]
    others = [
        Term(word=" ".join(found), weight=weight, of=place)
        for place, word in enumerate(words)
        for found, weight in ((forms_of(word, language), FORM), (said_for(word, language), LIKE))
        if found
    ]
    return (own + others)[:MAX_TERMS]


def asked_words(query: str) -> list[str]:
    words = _WORD.findall(fold(query))
    return list(dict.fromkeys(words[1:] if words and words[0] in _OPENING else words))
