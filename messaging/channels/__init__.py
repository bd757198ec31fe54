"""The channels, found by their folders: a package in here that offers `channel` is one.

`CHANNELS` is read-only and in the folders' order; `get_channel` names what there is when asked for what there is not.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from messaging.channels.base import Channel


class UnknownChannelError(LookupError):
    """There is no channel of this kind."""


def discover() -> Mapping[str, Channel]:
    """The channels whose folders stand in this package."""
    found: dict[str, Channel] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            channel: Channel = import_module(f"{__name__}.{module.name}").channel
            found[channel.kind] = channel
    return MappingProxyType(found)


CHANNELS = discover()


def get_channel(kind: str) -> Channel:
    """The channel of a kind; raises UnknownChannelError."""
    try:
        return CHANNELS[kind]
    except KeyError:
        raise UnknownChannelError(f"no channel {kind!r}; there are {', '.join(CHANNELS)}") from None
