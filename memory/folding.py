"""When two spellings mean the same: keys for subjects, predicates and values, and near duplicates. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

NEAR = 0.8  # of all words that two values have, so many stand in both; and one of them only adds words

# Words that say nothing of their own, in a value or before a predicate.
EMPTY = frozenset(
    "a an the of in at is are was were be been has have had his her their its my our your"
    " el la los las un una unos unas de del en al es son era eran esta estan ha han tiene tienen su sus mi mis tu tus"
    " nuestro nuestra lo".split()
)
NEGATIONS = frozenset(
    "no not never none nobody nothing without neither nor cannot dont doesnt didnt isnt arent wasnt wont cant former ex"
    " nunca nadie nada ningun ninguno ninguna sin ni tampoco jamas except excepto salvo menos".split()
)
CURRENCIES = {
    **dict.fromkeys(("$", "usd", "dollar", "dollars", "dolar", "dolares", "us$"), "usd"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "eur"),
    **dict.fromkeys(("£", "gbp", "pound", "pounds"), "gbp"),
    **dict.fromkeys(("mxn", "peso", "pesos"), "peso"),
}
SCALES = {
    **dict.fromkeys(("k", "mil", "thousand"), 1_000),
    **dict.fromkeys(("m", "mm", "mio", "million", "millions", "millon", "millones"), 1_000_000),
}
NUMBER = re.compile(r"(?<![a-z0-9])(\d+(?:[.,]\d+)*)[ ]?(" + "|".join(sorted(SCALES, key=len, reverse=True)) + r")?(?![a-z0-9])")
THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
PHONE = re.compile(r"\+?[\d\s().-]{7,}")
LEAST_PHONE = 7  # digits


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """A value taken apart. Numbers, currencies and negations decide alone: where they differ nothing is alike."""

    words: tuple[str, ...]  # in order, without those that say nothing
    numbers: tuple[str, ...]
    currency: frozenset[str]
    negations: frozenset[str]


def plain(text: str) -> str:
    """Without case and accents; what was written otherwise stays."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def fold(text: str) -> str:
    """The letters and digits alone, in words: no case, no accents, no punctuation."""
    bare = re.sub(r"['’]", "", plain(text))
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


def subject_key(text: str) -> str:
    return (fold(text) or text.strip().casefold())[:200]


def predicate_key(text: str) -> str:
    """"Is living in" and "living in" are one."""
    words = fold(text).split()
    kept = [word for word in words if word not in EMPTY] or words
    return (" ".join(kept) or text.strip().casefold())[:100]


def value_key(text: str) -> str:
    """A hash that is alike for what is exactly the same, save for spelling: "$450,000" and "450k $"."""
    meaning = meaning_of(text)
    parts = (" ".join(meaning.words), " ".join(sorted(meaning.numbers)), " ".join(sorted(meaning.currency)))
    known = "|".join(parts) if any(parts) else unicodedata.normalize("NFC", text.strip())
    return hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()


def meaning_of(text: str) -> Meaning:
    bare = re.sub(r"['’]", "", plain(text))
    if PHONE.fullmatch(bare.strip()) and len(digits := re.sub(r"\D", "", bare)) >= LEAST_PHONE and " " in bare.strip():
        return Meaning(words=(), numbers=(digits,), currency=frozenset(), negations=frozenset())
    currency = {CURRENCIES[sign] for sign in "$€£" if sign in bare}
    numbers = [number_of(match) for match in NUMBER.finditer(re.sub("[$€£]", " ", bare))]
    rest = NUMBER.sub(" ", re.sub("[$€£]", " ", bare))
    words = re.sub(r"[\W_]+", " ", rest).split()
    currency |= {CURRENCIES[word] for word in words if word in CURRENCIES}
    words = [word for word in words if word not in CURRENCIES]
    return Meaning(
        words=tuple([word for word in words if word not in EMPTY] or words),
        numbers=tuple(numbers),
        currency=frozenset(currency),
        negations=frozenset(word for word in words if word in NEGATIONS),
    )


def number_of(match: re.Match[str]) -> str:
    """As a plain decimal: "450,000" and "450.000" are thousands, "1.5" and "1,5" are not."""
    written, scale = match[1], SCALES.get(match[2] or "", 1)
    if THOUSANDS.fullmatch(written):
        whole, _, part = re.sub(r"[.,]", "", written), "", ""
    else:
        *before, part = re.split(r"[.,]", written) if re.search(r"[.,]", written) else (written, "")
        whole = "".join(before)
    figure = int((whole + part) or "0") * scale
    digits = f"{figure:0{len(part) + 1}d}"
    if not part:
        return digits
    return f"{digits[: -len(part)]}.{digits[-len(part) :]}".rstrip("0").rstrip(".")


def is_near(one: str, other: str) -> bool:
    """Whether two values say the same in other words. Never where numbers, dates, currencies or negations differ."""
    if value_key(one) == value_key(other):
        return True
    first, second = meaning_of(one), meaning_of(other)
    if Counter(first.numbers) != Counter(second.numbers) or first.negations != second.negations:
        return False
    if first.currency and second.currency and first.currency != second.currency:
        return False
    left, right = ({singular(word) for word in meaning.words} for meaning in (first, second))
    if not left or not right:
        return left == right and bool(first.numbers)
    if not (left <= right or right <= left):
        return False
    return len(left & right) / len(left | right) >= NEAR


def singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word  # noqa: PLR2004 - "gas" stays


def is_said(passage: str, text: str) -> bool:
    """Whether the folded text holds the passage as whole words."""
    wanted = fold(passage)
    return bool(wanted) and f" {wanted} " in f" {fold(text)} "
