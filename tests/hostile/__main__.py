"""`python -m tests.hostile [WORD …]`: attacks the product and tells by area how many were tried and how many were held.

A word is an area of scripts ("escaping"), one script ("escaping/mount"), or a part of this folder ("layers", "worker").
Options are handed on to pytest.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.hostile.attacks import AREAS, HERE, catalogue


def main(words: list[str]) -> int:
    options = [word for word in words if word.startswith("-")]
    chosen = []
    for word in words:
        if scripts := [name for name in catalogue() if word in (name, name.partition("/")[0])]:
            chosen += [f"{HERE / 'test_scripts.py'}::test_a_hostile_script_is_held[{name}]" for name in scripts]
        elif path := _part(word):
            chosen.append(str(path))
        elif word not in options:
            sys.stderr.write(
                f"There is neither an area nor a script nor a part named {word}. Areas: {', '.join(AREAS)}\n"
            )
            return 2
    return int(pytest.main(["-m", "hostile", *options, *(chosen or [str(HERE)])]))


def _part(word: str) -> Path | None:
    return next((path for path in (HERE / word, HERE / f"test_{word}.py") if path.exists()), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
