"""Which hosts a script may reach: names in one spelling, and the list's entries. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import idna

PORTS = {"https": 443, "http": 80}
LONGEST = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_TOP = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")  # never begins with a digit, as all spellings of IPv4's last part do
_PORT = re.compile(r"[0-9]{1,5}")


class HostError(ValueError):
    """Why this names no host that could be allowed, in words for whoever wrote it."""


def normal_host(text: str) -> str:
    """The name as DNS has it: lower case, punycode, no dot at its end. Raises HostError, also for IP addresses."""
    if len(text) > LONGEST + 1:
        raise HostError("the host's name is too long")
    if any(character <= " " or character in "\\\x7f" or character.isspace() for character in text):
        raise HostError("the host's name holds spaces, backslashes or control characters")
    if "@" in text:
        raise HostError("a user name or password does not belong before the host")
    if any(character in text for character in ":[]%"):
        raise HostError("the host must be a name, not an IP address, and be written without % escapes")
    name = (text if text.isascii() else _punycode(text)).lower().removesuffix(".")
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > LONGEST:
        raise HostError("this is not the name of a host")
    if labels[-1][0].isdigit():
        raise HostError("the host must be a name, not an IP address")
    if len(labels) < 2 or not _TOP.fullmatch(labels[-1]):
        raise HostError("the host must be a full name such as api.example.com")
    return name


def _punycode(text: str) -> str:
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise HostError("this is not the name of a host") from None


def split_authority(text: str, default_port: int) -> tuple[str, int]:
    """ "host" or "host:port"; raises HostError."""
    host, colon, port = text.partition(":")
    if not colon:
        return normal_host(host), default_port
    if "@" in text or "[" in text or ":" in port:
        return normal_host(text), default_port  # which says what is wrong
    if not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        raise HostError("the port must be a number from 1 to 65535")
    return normal_host(host), int(port)


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """One entry of the list: a host, or with "*." all below it but not itself; one port; TLS unless it says http."""

    host: str
    port: int = 0  # 0: the scheme's
    scheme: str = "https"

    def __post_init__(self) -> None:
        if self.scheme not in PORTS:
            raise HostError("only https:// and http:// can be allowed")
        star, name = ("*.", self.host[2:]) if self.host.startswith("*.") else ("", self.host)
        object.__setattr__(self, "host", star + normal_host(name))
        object.__setattr__(self, "port", self.port or PORTS[self.scheme])

    @classmethod
    def parse(cls, entry: str) -> Allowed:
        """ "api.example.com", "*.example.com", "api.example.com:8443", "http://old.example.com"; raises HostError."""
        scheme, separator, authority = entry.rpartition("://")
        scheme = scheme.lower() if separator else "https"
        star = "*." if authority.startswith("*.") else ""
        host, port = split_authority(authority.removeprefix(star), PORTS.get(scheme, 0))
        return cls(host=star + host, port=port, scheme=scheme)

    def covers(self, scheme: str, host: str, port: int) -> bool:
        """Whether a request to that host, named as normal_host gives it, is of this entry."""
        if (scheme, port) != (self.scheme, self.port):
            return False
        return host.endswith(self.host[1:]) if self.host.startswith("*.") else host == self.host

    def __str__(self) -> str:
        scheme = "" if self.scheme == "https" else f"{self.scheme}://"
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{scheme}{self.host}{port}"
