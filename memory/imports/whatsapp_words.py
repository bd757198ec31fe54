"""What WhatsApp itself writes into an export, in English and Spanish: notices, media left out, deletions, edits."""

from __future__ import annotations

import re

MARK = "\u200e"  # stands before what the app wrote, on iOS

_OMITTED = r"(?:omitted|omitid[oa]s?)"
_MEDIA = (
    "image|video|video note|audio|voice message|sticker|gif|document|contact card|media|multimedia|file|poll"
    "|imagen|v[ií]deo|nota de v[ií]deo|mensaje de voz|documento|tarjeta de contacto|archivo|encuesta"
)
_ANGLED = re.compile(rf"<(?P<what>[^<>\n]{{1,60}}) {_OMITTED}>", re.IGNORECASE)
_MARKED = re.compile(rf"{MARK}(?P<what>[^<>{MARK}\n]{{1,60}}?) {_OMITTED}\b\.?", re.IGNORECASE)
_PLAIN = re.compile(rf"^(?P<what>{_MEDIA}) {_OMITTED}\.?$", re.IGNORECASE | re.MULTILINE)
_ATTACHED_IOS = re.compile(r"<(?:attached|adjunto|archivo adjunto): (?P<name>[^<>\n]+)>", re.IGNORECASE)
_ATTACHED_ANDROID = re.compile(r"^(?P<name>[^\n]{1,250}?) \((?:file attached|archivo adjunto)\)$", re.MULTILINE)

_DELETED = re.compile(
    r"(?:this message was deleted|you deleted this message"
    r"|(?:se elimin[oó]|eliminaste) este mensaje|este mensaje fue eliminado)(?: by [^\n]+| por [^\n]+)?\.?",
    re.IGNORECASE,
)
_EDITED = re.compile(
    r"[ \n]?<(?:this message was edited|se edit[oó] este mensaje|este mensaje (?:fue|se ha) editado|mensaje editado)"
    r"\.?>",
    re.IGNORECASE,
)

_ENCRYPTED = re.compile(
    r"(?:messages and calls|messages to this (?:chat|group)[\w ,]*|los mensajes y las llamadas|los mensajes"
    r"[\w ,]{0,60}?) (?:are (?:now )?(?:secured with )?end-to-end encrypt|est[aá]n (?:\w+ con )?"
    r"(?:cifrad|cifrado )[\w ]*extremo)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"\b(?:created (?:this |the )?(?:group|community|announcement)|added [^\n]+|removed [^\n]+|left|joined\b[^\n]*"
    r"|(?:is|are|'re|’re) now an admin|changed (?:the|this|their|your|to)\b|missed (?:voice|video|group) [^\n]*call"
    r"|(?:turned o(?:n|ff)|updated) [^\n]*(?:disappearing|message timer|privacy)|pinned a message"
    r"|security code|(?:this|the) (?:business|chat is with)|blocked this contact|unblocked this contact"
    r"|cre[oó] (?:este |el )?grupo|creaste (?:este |el )?grupo|a[ñn]adi[oó] a|te a[ñn]adi[oó]|a[ñn]adiste a|agreg[oó] a"
    r"|te agreg[oó]|elimin[oó] a|sali[oó](?: del grupo)?|se uni[oó]|te uniste|ahora (?:es|eres) admin"
    r"|cambi[oó] (?:el|la|los|su|de|a)\b|cambiaste|(?:video)?llamada (?:de voz |grupal )?perdida|mensajes temporales"
    r"|fij[oó] un mensaje|c[oó]digo de seguridad|est[ae] (?:empresa|chat es con)|(?:des)?bloqueaste)",
    re.IGNORECASE,
)
_QUOTED_IN_NAME = re.compile(r"[\"“«].*|\b(?:changed|cambi[oó]|cambiaste)\b", re.IGNORECASE)


def is_notice(speaker: str, text: str) -> bool:
    """Whether the app tells this, not the one it names: on iOS notices are lines of the chat's own name."""
    if _ENCRYPTED.match(text.removeprefix(MARK)):
        return True
    return text.startswith(MARK) and len(text) < 400 and _NOTICE.search(text) is not None


def is_sentence(speaker: str) -> bool:
    """Whether what stands before a colon is a notice that quotes one: Nora changed the subject to “Sale: Elm St”."""
    return _QUOTED_IN_NAME.search(speaker) is not None and _NOTICE.search(speaker) is not None


def is_deleted(text: str) -> bool:
    return _DELETED.fullmatch(text.replace(MARK, "").strip()) is not None


def with_notes(text: str) -> str:
    """The text with a note in brackets for each medium, and without what tells that it was edited."""
    text = _EDITED.sub("", text.replace("<" + MARK, "<").replace(MARK + "<", "<"))
    text = _ANGLED.sub(_noted, text)
    text = _ATTACHED_IOS.sub(r"[\g<name>]", text)
    text = _MARKED.sub(_noted, text)
    text = text.replace(MARK, "")
    text = _ATTACHED_ANDROID.sub(r"[\g<name>]", text)
    return _PLAIN.sub(_noted, text).strip()


def without_notes(text: str) -> str:
    """The same with and without media exported: what a message is known by."""
    return re.sub(r"\[[^\[\]\n]{1,260}\]", "[]", text)


def _noted(match: re.Match[str]) -> str:
    return f"[{match['what'].strip().lower()}]"
