"""When two spellings mean the same: keys for subjects, predicates and values, and near duplicates. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

NEAR = 0.8  # of all words that two values have, so many stand in both; and one of them only adds words

# Words that say nothing of their own, in a value or before a predicate.
EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "at",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "his",
        "her",
        "their",
        "its",
        "my",
        "our",
        "your",
        "el",
        "la",
        "los",
        "las",
        "un",
        "una",
        "unos",
        "unas",
        "de",
        "del",
        "en",
        "al",
        "es",
        "son",
        "era",
        "eran",
        "esta",
        "estan",
        "ha",
        "han",
        "tiene",
        "tienen",
        "su",
        "sus",
        "mi",
        "mis",
        "tu",
        "tus",
        "nuestro",
        "nuestra",
        "lo",
    ]
)
NEGATIONS = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "nobody",
        "nothing",
        "without",
        "neither",
        "nor",
        "cannot",
        "dont",
        "doesnt",
        "didnt",
        "isnt",
        "arent",
        "wasnt",
        "wont",
        "cant",
        "former",
        "ex",
        "nunca",
        "nadie",
        "nada",
        "ningun",
        "ninguno",
        "ninguna",
        "sin",
        "ni",
        "tampoco",
        "jamas",
        "except",
        "excepto",
        "salvo",
        "menos",
    ]
)
CURRENCIES = {
    **dict.fromkeys(("$", "usd", "dollar", "dollars", "dolar", "dolares", "us$"), "usd"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "eur"),
    **dict.fromkeys(("£", "gbp", "pound", "pounds"), "gbp"),
    **dict.fromkeys(("mxn", "peso", "pesos"), "peso"),
}
SCALES = {
    **dict.fromkeys(("k", "mil", "thousand"), 1_000),
    **dict.fromkeys(("million", "millions", "millon", "millones"), 1_000_000),
}
WRITTEN = r"(?:(?<!\S)[-−])?\d+(?:[.,]\d+)*"
NUMBER = re.compile(rf"(?<![a-z0-9])({WRITTEN})(?:(k)|[ ]?(mil|thousand|millions?|millon|millones))?(?![a-z0-9])")
MILLIONS = re.compile(r"(?<=\d)M\b")  # a small one may be metres
THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
WORD = re.compile(r"[^\W_][^\s@]*@\S*[^\W_]|[^\W_]+[+#]+(?![^\W_])|(?<![^\W_])[^\W_]{1,2}[-−](?![^\W_])|[^\W_]+")
PHONE = re.compile(r"\+?[\d\s().-]+")
LEAST_PHONE = 7  # digits


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """A value taken apart. Numbers, currencies and negations decide alone: where they differ nothing is alike."""

    tokens: tuple[str, ...]  # words and numbers in order, without what says nothing or is a currency
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
    """ "Is living in" and "living in" are one."""
    words = fold(text).split()
    kept = [word for word in words if word not in EMPTY] or words
    return (" ".join(kept) or text.strip().casefold())[:100]


def value_key(text: str) -> str:
    """A hash that is alike for what is the same save for spelling: "$450,000" and "450k dollars"."""
    meaning = meaning_of(text)
    parts = (" ".join(meaning.tokens), " ".join(sorted(meaning.currency)))
    known = "|".join(parts) if any(parts) else unicodedata.normalize("NFC", text.strip())
    return hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()


def meaning_of(text: str) -> Meaning:
    bare = re.sub(r"['’]", "", plain(MILLIONS.sub(" million", text)))
    digits = re.sub(r"\D", "", bare)
    if PHONE.fullmatch(bare.strip()) and len(digits) >= LEAST_PHONE and re.search(r"[+\s()]", bare.strip()):
        return Meaning(tokens=(digits,), numbers=(digits,), currency=frozenset(), negations=frozenset())
    currency = {CURRENCIES[sign] for sign in "$€£" if sign in bare}
    tokens, numbers = taken_apart(re.sub("[$€£]", " ", bare))
    currency |= {CURRENCIES[token] for token in tokens if token in CURRENCIES}
    tokens = [token for token in tokens if token not in CURRENCIES]
    return Meaning(
        tokens=tuple([token for token in tokens if token not in EMPTY] or tokens),
        numbers=tuple(numbers),
        currency=frozenset(currency),
        negations=frozenset(token for token in tokens if token in NEGATIONS),
    )


def taken_apart(bare: str) -> tuple[list[str], list[str]]:
    """The words and numbers in order, and the numbers alone."""
    tokens: list[str] = []
    numbers: list[str] = []
    place = 0
    for match in NUMBER.finditer(bare):
        number = number_of(match[1], match[2] or match[3] or "")
        tokens += [*words_of(bare[place : match.start()]), number]
        numbers.append(number)
        place = match.end()
    return tokens + words_of(bare[place:]), numbers


def words_of(text: str) -> list[str]:
    """Signs stay where they tell one from another: "C++", "C#", "A-", and addresses as they are written."""
    return [word.replace("−", "-") for word in WORD.findall(text)]


def number_of(written: str, scale: str) -> str:
    """As a plain decimal: "450,000" and "450.000" are thousands, "1.5" and "1,5" are not."""
    sign, figure = ("-", written[1:]) if written[0] in "-−" else ("", written)
    if THOUSANDS.fullmatch(figure) or not re.search(r"[.,]", figure):
        value = Decimal(re.sub(r"[.,]", "", figure))
    else:
        *whole, part = re.split(r"[.,]", figure)
        value = Decimal(f"{''.join(whole)}.{part}")
    exact = f"{value * SCALES.get(scale, 1):f}"
    return sign + (exact.rstrip("0").rstrip(".") if "." in exact else exact)


def is_near(one: str, other: str) -> bool:
    """Whether two values say the same in other words. Never where numbers, dates, currencies or negations differ."""
    first, second = meaning_of(one), meaning_of(other)
    if first.numbers != second.numbers or first.negations != second.negations:
        return False
    if first.currency and second.currency and first.currency != second.currency:
        return False
    if first.tokens == second.tokens:
        return bool(first.tokens)
    fewer, more = sorted(([singular(token) for token in meaning.tokens] for meaning in (first, second)), key=len)
    rest = iter(more)
    if not all(token in rest for token in fewer):  # in the same order
        return False
    return len(fewer) / len(more) >= NEAR if more else False


def singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
