"""What a question asks for, as terms the index can look up. No Django.

The database stems and knows the stop words of texts. Here stand the words that only questions have, which say what
kind of thing is wanted and are never found in the answer for their meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from memory.search.types import Term

MAX_TERMS = 60  # bits of a candidate, and work of the database; a pasted letter is not a question
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A query as the ranking sees it: bit i of a candidate belongs to `terms[i]`."""

    terms: Sequence[Term]


def fold(text: str) -> str:
    """Lower case without accents, as the index keeps words."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(part for part in parts if not unicodedata.combining(part))


def understand(query: str, language: str) -> Question:
    """`language` is "en" or "es"; words of the other are looked up all the same."""
    return Question(terms=terms(query, language))


def terms(query: str, language: str) -> list[Term]:
    words = list(dict.fromkeys(_WORD.findall(fold(query))))
    return [Term(word=word, of=place) for place, word in enumerate(words[:MAX_TERMS])]
