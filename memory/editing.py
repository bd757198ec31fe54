"""The texts of the memory tool: what the model reads when it looks at a file or folder, and what an edit makes. Pure.

The model was trained on this wording and these line numbers. They are those of the SDK's own tool, which a test holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tooling.registry import ToolError

NUMBER_WIDTH = 6
UNITS = "BKMG"
LEVELS = 2  # of a folder, that are listed
MOST_LISTED = 500  # lines; a larger folder is searched, not read
AROUND = 2  # lines shown before and after a change


def viewed(shown: str, content: str, view_range: Sequence[int] | None) -> str:
    """`view_range`: first and last line, counted from 1; a last one of -1 is the end. Others than two are ignored."""
    lines = content.split("\n")
    first, last = 0, len(lines)
    if view_range is not None and len(view_range) == 2:
        first = max(1, view_range[0]) - 1
        last = len(lines) if view_range[1] == -1 else view_range[1]
    numbered = "\n".join(_numbered(lines[first:last], first + 1))
    return f"Here's the content of {shown} with line numbers:\n{numbered}"


def _numbered(lines: Sequence[str], first: int) -> Iterator[str]:
    for number, line in enumerate(lines, start=first):
        yield f"{number:>{NUMBER_WIDTH}}\t{line}"


def replaced(shown: str, content: str, old: str, new: str) -> tuple[str, str]:
    """The new content, and what the model reads of it. Raises ToolError unless `old` stands there exactly once."""
    if not old and content:
        raise ToolError("No replacement was performed, old_str is empty. Give the text that is to be replaced.")
    times = content.count(old)
    if times == 0:
        raise ToolError(f"No replacement was performed, old_str `{old}` did not appear verbatim in {shown}.")
    if times > 1:
        lines = ", ".join(str(content.count("\n", 0, place) + 1) for place in _places(content, old))
        raise ToolError(
            f"No replacement was performed. Multiple occurrences of old_str `{old}` in lines: {lines}. "
            "Please ensure it is unique"
        )
    place = content.find(old)
    edited = content[:place] + new + content[place + len(old) :]
    changed = content.count("\n", 0, place)
    first = max(0, changed - AROUND)
    around = edited.split("\n")[first : changed + AROUND + 1]
    said = "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n"
    return edited, said + "\n".join(_numbered(around, first + 1))


def _places(content: str, wanted: str) -> Iterator[int]:
    place = content.find(wanted)
    while place != -1:
        yield place
        place = content.find(wanted, place + 1)


def inserted(content: str, line: int, text: str) -> str:
    """The content with the text as lines of its own after line `line`; raises ToolError where there is no such line."""
    lines = content.split("\n")
    if not lines[-1]:
        lines.pop()
    if not 0 <= line <= len(lines):
        raise ToolError(f"Invalid `insert_line` parameter: {line}. It should be within the range [0, {len(lines)}].")
    lines.insert(line, text.rstrip("\n"))
    edited = "\n".join(lines)
    return edited if edited.endswith("\n") else f"{edited}\n"


def listed(shown: str, sizes: Mapping[str, int], folders: Sequence[str]) -> str:
    """A folder's files and folders, two levels deep. `sizes`: bytes by the file's path below it; `folders`: empty ones
    are shown too."""
    held: dict[str, int] = dict.fromkeys(folders, 0)
    for path, size in sizes.items():
        for parent in _parents(path):
            held[parent] = held.get(parent, 0) + size
    places = {f"{path}/": size for path, size in held.items()} | dict(sizes)
    near = [path for path in places if path.rstrip("/").count("/") < LEVELS]
    ordered = sorted(near, key=lambda path: path.rstrip("/").split("/"))
    lines = [f"{human(sum(sizes.values()))}\t{shown}"]
    lines += [f"{human(places[path])}\t{shown}/{path}" for path in ordered[:MOST_LISTED]]
    if len(ordered) > MOST_LISTED:
        lines.append(f"({len(ordered) - MOST_LISTED} more are not listed. View a folder further down, or use recall.)")
    header = f"Here're the files and directories up to 2 levels deep in {shown}, excluding hidden items:"
    return "\n".join([header, *lines])


def _parents(path: str) -> Iterator[str]:
    names = path.split("/")
    for depth in range(1, len(names)):
        yield "/".join(names[:depth])


def human(size: int) -> str:
    """1536 as "1.5K"."""
    unit = 0
    while unit < len(UNITS) - 1 and size >= 1024 ** (unit + 1):
        unit += 1
    scaled = size / 1024**unit
    return f"{int(scaled)}{UNITS[unit]}" if scaled == int(scaled) else f"{scaled:.1f}{UNITS[unit]}"
