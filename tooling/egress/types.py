"""What the proxy is given, and what it tells of a run."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one run. Bytes are those of the wire's HTTP, times are seconds."""

    requests: int = 50
    at_once: int = 8
    head_bytes: int = 32 * KIB
    request_bytes: int = MIB
    response_bytes: int = 5 * MIB
    total_bytes: int = 20 * MIB  # to and from all hosts
    connect: float = 5.0  # to find and reach a host
    idle: float = 10.0  # in which neither side says anything
    seconds: float = 30.0  # for everything together


@dataclass(frozen=True, kw_only=True)
class RequestLog:
    """One request of the script; nothing in it is of a body, a header or a credential."""

    method: str
    host: str
    port: int
    path: str  # with the names of its query's parameters, without their values
    status: int  # as the script saw it; 0 if it saw none
    bytes_in: int  # from the host
    bytes_out: int  # to the host
    ms: int
    credential: bool  # whether one was put in
    refused: str  # why not, as one of RFC 9209's error types; "" if all went well


class Refusal(Exception):
    """Why a request gets no (whole) answer from its host. `reason` is one of RFC 9209's error types."""

    def __init__(self, reason: str, message: str, *, status: int = 403) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status
