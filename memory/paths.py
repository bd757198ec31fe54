"""What a path of the life folder may look like: "knowledge/listings.md", below /memories/. Pure."""

from __future__ import annotations

import unicodedata

from memory.problems import RefusedError

ROOT = "/memories"
FRAMEWORK = "CLAUDE.md"  # the business's own part of the framework; the only document outside of a folder
ENDING = ".md"
PEOPLE = "relationships"  # the folder with a document for each person
PUBLIC = "public"  # what stands in a folder of this name, below one of the others, is for everybody who writes
LONGEST, LONGEST_NAME, LEVELS = 300, 200, 4  # characters, bytes of one name (files have 255), names in a path
MARKS = frozenset(" -_.")
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f") | {
    chr(point) for points in (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for point in points
}  # letters and marks that show nothing


def checked(path: str) -> str:
    """The path in the one form that is kept; raises RefusedError with what is wrong."""
    path = unicodedata.normalize("NFC", path)
    shown = shown_as(path)
    if path == FRAMEWORK:
        return path
    if not path or len(path) > LONGEST:
        raise RefusedError(f"A path has between 1 and {LONGEST} characters.")
    names = path.split("/")
    if len(names) < 2:
        raise RefusedError(f"{shown} must stand in a folder, such as {ROOT}/knowledge/{path}.")
    if len(names) > LEVELS:
        raise RefusedError(f"{shown} is too deep: at most {LEVELS} names may stand behind {ROOT}.")
    for name in names:
        _check_name(name, shown)
    if not names[-1].endswith(ENDING) or any(name.casefold().endswith(ENDING) for name in names[:-1]):
        raise RefusedError(f"{shown}: the name of a document, and only that, must end in {ENDING}.")
    return path


def _check_name(name: str, shown: str) -> None:
    if not name:
        raise RefusedError(f"{shown} has an empty name in it.")
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise RefusedError(f"{shown}: a name may have at most {LONGEST_NAME} bytes.")
    if unicodedata.normalize("NFKC", name) != name or not all(map(_is_allowed, name)):
        raise RefusedError(f"{shown}: a name may have letters, digits, spaces and - _ . in it, and nothing else.")
    stem = name.removesuffix(ENDING)
    if not stem or name.startswith(".") or ".." in name or "  " in name or stem != stem.strip(" .") or _is_mark(stem):
        raise RefusedError(f"{shown}: a name begins and ends with a letter or digit, without gaps or dots in a row.")


def _is_allowed(character: str) -> bool:
    kind = unicodedata.category(character)
    return character in MARKS or ((kind[0] in "LM" or kind == "Nd") and character not in UNSEEN)


def _is_mark(stem: str) -> bool:
    return unicodedata.category(stem[0])[0] == "M"  # it would hang on the slash before it


def folder_of(path: str) -> str:
    """The name of the folder that the document stands in; "" for CLAUDE.md."""
    return path.partition("/")[0] if "/" in path else ""


def is_public(path: str) -> bool:
    """ "knowledge/public/hours.md" is for everybody. Nobody's own document is, whatever the folder is called."""
    names = path.split("/")
    return len(names) > 2 and names[1] == PUBLIC and names[0] != PEOPLE


def key(path: str) -> str:
    """Paths with the same key are the same to a person, or to a computer where they may be unpacked."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def shown_as(path: str) -> str:
    return f"{ROOT}/{path}"


def numbered(path: str, number: int) -> str:
    """The path of another document beside it: "knowledge/listings-2.md"."""
    ending = f"-{number}{ENDING}"
    before, slash, name = path.removesuffix(ENDING).rpartition("/")
    room = min(LONGEST_NAME, LONGEST - len(before) - 1) - len(ending)
    kept = name.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{before}{slash}{kept}{ending}"
