"""`python -m benchmarks.recall SLUG…`: recall@10 through `manage.py search_memory`, as anybody can measure it.

One tenant holds all dialogues' histories, or there is one each, in the order of their names. They are imported before,
with `manage.py import_history --tenant SLUG --chat NAME benchmarks/recall/NAME.jsonl`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence

from benchmarks.recall.dialogues import measure, names

FOUND = "10"


def main(slugs: Sequence[str]) -> None:
    if len(slugs) not in {1, len(names())}:
        sys.exit(f"Name one tenant, or {len(names())}: one each for {', '.join(names())}.")
    tenants = dict(zip(names(), slugs if len(slugs) > 1 else [*slugs] * len(names()), strict=True))

    def find(name: str, questions: Sequence[str]) -> Iterator[Collection[str]]:
        argv = [sys.executable, "manage.py", "search_memory", "--tenant", tenants[name], "--single", "--json"]
        answers = subprocess.run(
            [*argv, "--limit", FOUND], input="\n".join(questions), text=True, capture_output=True, check=False
        )
        if answers.returncode:
            sys.exit(answers.stderr)
        for line in answers.stdout.splitlines():
            yield {each for hit in json.loads(line) for each in hit["ids"]}

    for group, share in measure(find).items():
        sys.stdout.write(f"{group:24} {share:5.1f} %\n")


if __name__ == "__main__":
    main(sys.argv[1:])
