"""A form with a file in it, as a body that is written piece by piece: a large file is not copied to be framed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from urllib3.fields import RequestField
from urllib3.filepost import choose_boundary, encode_multipart_formdata

PIECE = 64 * 1024
LONGEST_NAME = 120
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}", re.ASCII)
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file to go along with a call, under the name of a field."""

    form_field: str
    name: str
    mime: str
    content: bytes = field(repr=False)


def name_of(given: str) -> str:
    """A file's name as people should see it: no folder, nothing invisible, not too long, its ending kept."""
    name = _NOT_IN_NAMES.sub("", given).replace("\\", "/").rpartition("/")[2].strip(" .")
    suffix = PurePosixPath(name).suffix
    if len(name) > LONGEST_NAME:
        suffix = suffix if len(suffix) <= 20 else ""
        name = name[: LONGEST_NAME - len(suffix)] + suffix
    return name or "file"


class Form:
    """The fields and the file, which is the last of them."""

    def __init__(self, fields: Mapping[str, str], upload: Upload) -> None:
        boundary = choose_boundary()
        frame = RequestField(upload.form_field, b"", filename=name_of(upload.name))
        frame.make_multipart(content_type=upload.mime if _TYPE.fullmatch(upload.mime) else "application/octet-stream")
        texts = [RequestField.from_tuples(name, value) for name, value in fields.items()]
        framed, self.content_type = encode_multipart_formdata([*texts, frame], boundary)
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._head = framed.removesuffix(self._tail)
        self._content = upload.content

    def __len__(self) -> int:
        return len(self._head) + len(self._content) + len(self._tail)

    def but_last(self) -> Iterator[bytes]:
        """The pieces before the last one."""
        for data in (self._head, self._content):
            view = memoryview(data)
            for start in range(0, len(view), PIECE):
                yield bytes(view[start : start + PIECE])

    def last(self) -> bytes:
        return self._tail
