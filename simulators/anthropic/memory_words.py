"""What people say when something is to be kept, found, corrected or forgotten, in English or Spanish."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

FACT = re.compile(
    r"^- (?P<subject>.+?), (?P<predicate>[^:]+): (?P<value>.+) \((?P<told>[^()]*)\) \[(?P<ref>fact:\S+)\]$"
)
REFERENCE = re.compile(r"\b(?:fact|message):[0-9a-f-]{36}|/memories/[^\s\"\]]+\.md")
FACT_REFERENCE = re.compile(r"\bfact:[0-9a-f-]{36}")
SHOWN_REFERENCE = re.compile(r" ?\[(?:(?:fact|message):|/memories/)[^\]\n]*\]")
ME = re.compile(r"^(?:me|myself|m[ií]|yo)$", re.IGNORECASE)
THAT = re.compile(r"^(?:that|it|this|what i (?:just )?said|eso|esto|lo que (?:te )?dije|lo)?$", re.IGNORECASE)
_DONE = re.compile(r"[\s.!?¿¡,;:\"”»]+$")

_MY = re.compile(
    r"\b(?:my|our|mi|nuestr[oa]) (?P<what>[\w’' -]{2,50}?) (?:is|are|es|son|est[aá] en) (?:now |ahora )?(?:de (?=\d))?"
    r"(?P<value>[^?\n]+)$",
    re.IGNORECASE,
)
_OF = re.compile(r"^(?P<who>[\w .-]{2,60}?)[’']s (?P<what>[\w -]{2,50}?) (?:is|are) (?P<value>.+)$", re.IGNORECASE)
_DE = re.compile(
    r"^(?:el|la|los|las) (?P<what>[\w -]{2,50}?) de (?P<who>[\w .-]{2,60}?) (?:es|son) (?P<value>.+)$", re.IGNORECASE
)
_I = re.compile(
    r"^(?:I (?P<en>am \w+ (?:to|of|with)|(?:live|work|was born|study|bank) (?:in|at|with)|like|prefer|have|want|need)"
    r"|(?P<es>(?:vivo|trabajo|nac[ií]) en|prefiero|me gustan?|tengo|quiero|necesito|soy al[eé]rgic[oa] a))"
    r" (?P<value>.+)$",
    re.IGNORECASE,
)
_IS = re.compile(r"^(?P<who>[\w .’'-]{2,60}?) (?P<what>is|are|es|son) (?P<value>.+)$", re.IGNORECASE)


def starts(*words: str) -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:{'|'.join(words)})(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)


REMEMBER = starts(
    r"(?:please )?remember(?: that|:)? ", r"(?:please )?keep in mind that ", r"(?:por favor,? )?recuerda(?: que|:) "
)
WRONG = starts(
    r"no[,.!;]+ (?:it[’']s |it is |es |son )(?=\S)", r"no[,.!;]+ (?=(?:my|our|mi) )",
    r"(?:no[,.]? )?that[’']?s? (?:is )?(?:wrong|not right|not true)[,.:;!]* ?",
    r"(?:no[,.]? )?eso (?:est[aá] mal|no es (?:cierto|as[ií]|correcto))[,.:;!]* ?",
)  # fmt: skip
FORGET = starts(r"(?:please )?forget(?: about| that(?= \w))? ?", r"(?:por favor,? )?olv[ií]da(?:te)?(?: de| que)? ?")
SOURCE = starts(
    r"where did you (?:get|hear|learn|read) ", r"how do you know ", r"who (?:said|told you) ?",
    r"de d[oó]nde (?:lo |la )?(?:sacaste|sabes|viene) ?", r"c[oó]mo (?:lo )?sabes ?",
    r"qui[eé]n (?:te )?(?:lo )?dijo ?",
)  # fmt: skip
KNOW = starts(r"what do you (?:know|remember) (?:about|of) ", r"qu[eé] sabes (?:de|sobre|acerca de) ")
WHAT = starts(
    r"(?:and )?what(?:[’']?s| is| are| was) (?:my|our) ", r"(?:and )?where(?:[’']?s| is| are) (?:my|our) ",
    r"(?:y )?cu[aá]l(?:es)? (?:es|son|era) (?:mi|nuestr[oa])s? ", r"(?:y )?d[oó]nde est[aá]n? (?:mi|nuestr[oa])s? ",
)  # fmt: skip
FIND = starts(
    r"(?:do you )?remember (?=.*\?)", r"what did (?:we|i|you|they) (?:say|agree|decide|write)(?: about| on)? ",
    r"(?:search(?: for)?|look for) ", r"(?:te )?(?:acuerdas|recuerdas) (?:de )?", r"busca ",
    r"qu[eé] (?:dije|dijimos|acordamos)(?: de| sobre)? ",
)  # fmt: skip
NOTE = (
    re.compile(
        r"^\W*(?:please )?note(?: down)?(?: that)? (?P<text>.+)"
        r" (?:about|under|for) (?:the |our |my )?(?P<topic>\w+)\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:por favor,? )?anota(?: que)? (?P<text>.+) (?:sobre|en) (?:el |la |los |las |mis )?(?P<topic>\w+)\W*$",
        re.IGNORECASE,
    ),
    re.compile(r"^\W*(?:note (?:about|for|under)|anota (?:en|sobre)) (?P<topic>\w+): ?(?P<text>.+)$", re.IGNORECASE),
)


@dataclass(frozen=True)
class Known:
    """Something that stands in the prompt, or was told in this chat."""

    subject: str
    predicate: str
    value: str
    told: str = ""  # who said it when
    reference: str = ""


_EMPTY = frozenset(
    re.findall(r"\w+", "the a an of my our is are that was el la los las de del mi mis un una es son era que")
)


def plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in apart if not unicodedata.combining(each)).split())


def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", plain(text))) - _EMPTY


def bare(text: str) -> str:
    return _DONE.sub("", text.strip())


def is_about(predicate: str, topic: str) -> bool:
    """Whether all words of one stand in the other."""
    own, wanted = words_of(predicate), words_of(topic)
    return bool(own and wanted) and (own <= wanted or wanted <= own)


def stands_in(value: str, text: str) -> bool:
    """By itself: 42 stands in no time, no date and no reference."""
    return re.search(rf"(?<![\w:.,-]){re.escape(plain(value))}(?![\w:-]|[.,]\d)", plain(text)) is not None


def noted_in(text: str) -> re.Match[str] | None:
    """Its `topic` and `text`, where it is to be noted down."""
    return next((found for pattern in NOTE if (found := pattern.match(text))), None)


def values_in(text: str, topic: str) -> list[str]:
    """What a text says the topic is: "gym fee: $45 (since …", "My gym fee is $45."."""
    words = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", topic))
    pattern = rf"\b{words}(?::| is| are| es| son) \**(?P<value>[^\n(*]{{1,80}}?)\**(?: \(|[.!]?(?:\n|$))"
    found = re.finditer(pattern, text, re.IGNORECASE) if words else ()
    return [match["value"].strip() for match in found]


def told_in(text: str) -> Known | None:
    """The fact that a sentence tells; None for a question or a request."""
    match = REMEMBER.match(text)
    sentence = bare(match["rest"] if match else text)
    if text.rstrip().endswith("?"):
        return None
    if (found := _MY.search(sentence)) is not None and (match or _MY.match(sentence)):
        return Known("me", bare(found["what"]), bare(found["value"]))
    if match is None:
        return None
    if (found := _OF.match(sentence) or _DE.match(sentence)) is not None:
        return Known(found["who"], found["what"], found["value"])
    if (found := _I.match(sentence)) is not None:
        return Known("me", found["en"] or found["es"], found["value"])
    if (found := _IS.match(sentence)) is not None:
        return Known(found["who"], found["what"], found["value"])
    return Known("me", "note", sentence)
