"""Putting a credential into a request on its way out, so that the script never holds it. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, unquote_plus

Headers = list[tuple[bytes, bytes]]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PRINTABLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_FRAMING = frozenset(
    {
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


class Kind(StrEnum):
    BEARER = "bearer"
    BASIC = "basic"
    HEADER = "header"
    QUERY = "query"


@dataclass(frozen=True, kw_only=True)
class Injection:
    """A credential and its place in a request. Raises ValueError for what no header can hold, never showing it."""

    kind: Kind
    value: str = field(repr=False)  # of basic: the password
    name: str = ""  # of the header or the query's parameter; of basic: the user

    def __post_init__(self) -> None:
        if self.kind in (Kind.BEARER, Kind.HEADER) and not _PRINTABLE.fullmatch(self.value):
            raise ValueError("the credential is empty or holds characters that a header cannot carry")
        if self.kind is Kind.HEADER and (not _TOKEN.fullmatch(self.name) or self.name.lower() in _FRAMING):
            raise ValueError("this is not the name of a header that can carry a credential")
        if self.kind is Kind.QUERY and not (self.name and self.value):
            raise ValueError("a parameter needs a name and a value")
        if self.kind is Kind.BASIC and (":" in self.name or not self.value):
            raise ValueError("a user name without a colon and a password are needed")

    @classmethod
    def bearer(cls, token: str) -> Injection:
        return cls(kind=Kind.BEARER, value=token)

    @classmethod
    def basic(cls, user: str, password: str) -> Injection:
        return cls(kind=Kind.BASIC, value=password, name=user)

    @classmethod
    def header(cls, name: str, value: str) -> Injection:
        return cls(kind=Kind.HEADER, value=value, name=name)

    @classmethod
    def query(cls, name: str, value: str) -> Injection:
        return cls(kind=Kind.QUERY, value=value, name=name)

    @property
    def secrets(self) -> list[str]:
        """What an answer must not show: the credential, and its last part where a scheme's name stands before it."""
        if self.kind is Kind.BASIC:
            return [self.value, f"{self.name}:{self.value}"]
        return [self.value, self.value.rpartition(" ")[2]]

    def into(self, target: str, headers: Headers) -> tuple[str, Headers]:
        """The path with its query, and the headers; what the script put in the credential's place is gone."""
        if self.kind is Kind.QUERY:
            return self._in_query(target), headers
        name, value = self._header()
        place = _place(name)
        return target, [each for each in headers if _place(each[0].decode("latin-1")) != place] + [
            (name.encode(), value.encode())
        ]

    def _header(self) -> tuple[str, str]:
        if self.kind is Kind.BEARER:
            return "Authorization", f"Bearer {self.value}"
        if self.kind is Kind.BASIC:
            return "Authorization", "Basic " + b64encode(f"{self.name}:{self.value}".encode()).decode()
        return self.name, self.value

    def _in_query(self, target: str) -> str:
        path, _, query = target.partition("?")
        kept = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != self.name]
        return f"{path}?" + "&".join([*kept, f"{quote(self.name, safe='')}={quote(self.value, safe='')}"])


def _place(name: str) -> str:
    """Many servers make X-Api-Key and X_API_KEY the same variable."""
    return name.lower().replace("_", "-")
