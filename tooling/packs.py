"""Tool packs: a directory with tool.toml, tool.py and what belongs to them, as a draft."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from tooling.drafts import Draft, from_table

LARGEST_FILE = 1024 * 1024
DATA_HEAD = "# The files that tool.toml names under [data]: tables as text, JSON as its value."


class PackError(ValueError):
    """What is wrong with a pack's files, each named."""


def read_pack(directory: Path) -> Draft:
    """Raises PackError, and InvalidTool for a field that is missing or unknown; the fields' values are not checked."""
    if not directory.is_dir():
        raise PackError(f"There is no directory {directory}.")
    table = _toml(directory / "tool.toml")
    data = _data(directory, table.pop("data", {}))
    tests = [*_list(table.pop("tests", []), "tool.toml: tests"), *_test_files(directory / "tests")]
    if "schema" not in table and (directory / "schema.json").exists():
        table["schema"] = _json(directory / "schema.json")
    if "source" in table:
        raise PackError("tool.toml: the source stands in tool.py, not here.")
    return from_table(table, source=_text(directory / "tool.py") + data, tests=tests)


def _test_files(directory: Path) -> list[Any]:
    """Each file a test or a list of tests, in the order of their names."""
    found: list[Any] = []
    for path in sorted(directory.glob("*.json")):
        value = _json(path)
        found += value if isinstance(value, list) else [value]
    return found


def _data(directory: Path, files: Any) -> str:
    """DATA = {...} for the end of the source: a version has no files of its own."""
    if not files:
        return ""
    if not isinstance(files, dict):
        raise PackError('tool.toml: [data] names files, such as listings = "data/listings.csv".')
    values = {}
    for name, path in files.items():
        file = (directory / str(path)).resolve()
        if not file.is_relative_to(directory.resolve()):
            raise PackError(f"tool.toml: {path} lies outside of the pack.")
        values[name] = _json(file) if file.suffix == ".json" else _text(file)
    lines = "".join(f"    {name!r}: {value!r},\n" for name, value in values.items())
    return f"\n\n{DATA_HEAD}\nDATA = {{\n{lines}}}\n"


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise PackError(f"{where} must be a list.")
    return value


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PackError(f"{path.name}: {error}.") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise PackError(f"{path.name}: {error}.") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PackError(f"{path.name} is larger than {LARGEST_FILE // 1024} KiB.")
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise PackError(f"{path.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise PackError(f"{path.name} is not UTF-8.") from None
