"""Sealing with AES-256-GCM: a data key wrapped by a versioned master key, and values bound to where they are kept.

Pure but for the settings' master keys, which the callers pass in.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class SealError(Exception):
    """A value could not be sealed or opened: a wrong key, a moved ciphertext or an unknown key version."""


@dataclass(frozen=True)
class MasterKeys:
    """The installation's master keys by version; the highest version wraps what is new."""

    keys: dict[int, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> MasterKeys:
        """From `"1:<base64 of 32 bytes>,2:…"`; raises ValueError naming the part that is wrong."""
        keys: dict[int, bytes] = {}
        for number, part in enumerate(filter(None, (piece.strip() for piece in text.split(","))), start=1):
            version, _, encoded = part.partition(":")
            wrong = f"MASTER_KEYS: part {number} must be NUMBER:<base64 of 32 random bytes>"  # never what stands there
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:  # not base64
                raise ValueError(wrong) from None
            if not (version.isascii() and version.isdecimal()) or len(key) != 32:
                raise ValueError(wrong)
            if keys.setdefault(int(version), key) != key:
                raise ValueError(f"MASTER_KEYS holds two keys of version {int(version)}")
        if not keys:
            raise ValueError("MASTER_KEYS is empty; it must hold at least 1:<base64 of 32 random bytes>")
        return cls(keys)

    @property
    def newest(self) -> int:
        return max(self.keys)

    def __getitem__(self, version: int) -> bytes:
        try:
            return self.keys[version]
        except KeyError:
            raise SealError(f"MASTER_KEYS lacks version {version}, which still wraps data; put it back") from None


def place(tenant: object, table: str, column: str, row: object) -> bytes:
    """The additional data that ties a ciphertext to its tenant, table, column and row."""
    return f"{tenant}|{table}|{column}|{row}".encode()


def seal(key: bytes, value: bytes, where: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, value, where)


def open_sealed(key: bytes, sealed: bytes, where: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], where)
    except (InvalidTag, ValueError) as error:
        raise SealError("A sealed value does not open: it was moved, changed, or sealed with another key") from error


def new_key() -> bytes:
    return AESGCM.generate_key(bit_length=256)
