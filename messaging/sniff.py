"""What a file is, read from its bytes: neither its name nor its sender is believed. Pure: no Django."""

from __future__ import annotations

import io
import logging
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps
from pypdf import PdfReader

# https://www.iana.org/assignments/media-types; only what something here follows from.
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"PK\x03\x04", "application/zip"),
)
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "text/plain": ".txt",
    "application/zip": ".zip",
}
OTHER = "application/octet-stream"
LONGEST_SIDE = 1568  # pixels; Claude scales larger images down to this
MOST_PIXELS = 60_000_000  # of an image that is opened at all
MOST_PAGES = 100  # of a PDF that Claude is shown
LARGEST_PDF = 10 * 1024 * 1024  # bytes
LONGEST_TEXT = 50_000  # characters of a text file that Claude is shown

Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow warns above this, and refuses at twice as many
logging.getLogger("pypdf").setLevel(logging.ERROR)  # it tells of each oddity of a file


class Unreadable(ValueError):
    """The file is damaged, locked or too large to be looked at; says which."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What Claude gets of a file."""

    content: bytes
    media_type: str
    pages: int = 0


def type_of(content: bytes) -> str:
    """The media type, as far as anything follows from it here."""
    for offset, magic, found in MAGIC:
        if content[offset : offset + len(magic)] == magic:
            return found
    return "text/plain" if text_of(content) is not None else OTHER


def text_of(content: bytes) -> str | None:
    """The text of a file that is nothing but text in UTF-8; None for any other."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    odd = sum(character < " " and character not in "\t\n\r\f" for character in text[:10_000])
    return None if odd else text


def view_of(content: bytes, media_type: str) -> View | None:
    """An image or a PDF as Claude takes it, None for what it takes no bytes of; raises Unreadable."""
    try:
        if media_type.startswith("image/"):
            return image_view(content)
        return pdf_view(content) if media_type == "application/pdf" else None
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - the decoders raise whatever a damaged file leads them to
        raise Unreadable(f"the file cannot be read: {type(error).__name__}") from None


def image_view(content: bytes) -> View:
    """Upright, no larger than Claude looks at, without what a camera wrote beside it: its place above all.

    Made anew even where it would do as it is: what the service cannot decode would refuse every later call.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(content)) as opened:
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
            image = upright.convert("RGBA" if has_alpha else "RGB")
    out = io.BytesIO()
    if has_alpha:
        image.save(out, "PNG", optimize=True)
        return View(content=out.getvalue(), media_type="image/png")
    image.save(out, "JPEG", quality=85)
    return View(content=out.getvalue(), media_type="image/jpeg")


def pdf_view(content: bytes) -> View:
    if len(content) > LARGEST_PDF:
        raise Unreadable("the PDF is too large to be looked at")
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Unreadable("the PDF is locked with a password")
    pages = len(reader.pages)
    if not 0 < pages <= MOST_PAGES:
        raise Unreadable(f"the PDF has {pages} pages, and no more than {MOST_PAGES} can be looked at")
    return View(content=content, media_type="application/pdf", pages=pages)
