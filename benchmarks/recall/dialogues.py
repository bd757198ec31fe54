"""The dialogues and questions, and how recall is counted. No Django."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
QUESTIONS = ".questions.jsonl"


@dataclass(frozen=True, kw_only=True)
class Asked:
    question: str
    kind: str
    evidence: Sequence[str]


def names() -> list[str]:
    return sorted(path.name.removesuffix(QUESTIONS) for path in FOLDER.glob(f"*{QUESTIONS}"))


def history(name: str) -> Path:
    """The messages, for `import_history`."""
    return FOLDER / f"{name}.jsonl"


def questions(name: str) -> list[Asked]:
    lines = (FOLDER / f"{name}{QUESTIONS}").read_text(encoding="utf-8").splitlines()
    return [Asked(**json.loads(line)) for line in lines]


def recall(found: Collection[str], evidence: Sequence[str]) -> float:
    return sum(each in found for each in evidence) / len(evidence)


def measure(find: Callable[[str, Sequence[str]], Iterator[Collection[str]]]) -> dict[str, float]:
    """Mean recall by dialogue, by kind of question and of all ("all"), in per cent.

    `find(name, questions)` gives, for each question about this dialogue, the ids of the messages found.
    """
    reached: dict[str, list[float]] = defaultdict(list)
    for name in names():
        asked = questions(name)
        for each, found in zip(asked, find(name, [each.question for each in asked]), strict=True):
            share = recall(found, each.evidence)
            for group in (name, each.kind, "all"):
                reached[group].append(share)
    return {group: 100 * sum(shares) / len(shares) for group, shares in reached.items()}
