from __future__ import annotations

from pathlib import Path

import pytest

from messaging import channels
from messaging.channels import CHANNELS, UnknownChannelError, get_channel
from messaging.channels.base import Channel


def test_the_channels_are_the_folders() -> None:
    assert sorted(CHANNELS) == ["telegram", "whatsapp"]
    assert get_channel("whatsapp").label == "WhatsApp"


def test_an_unknown_channel_names_those_there_are() -> None:
    with pytest.raises(UnknownChannelError, match="no channel 'pigeon'; there are telegram, whatsapp"):
        get_channel("pigeon")


def test_a_new_folder_is_a_new_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pigeon"
    folder.mkdir()
    (folder / "__init__.py").write_text("class Pigeon:\n    kind = 'pigeon'\nchannel = Pigeon()\n")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    assert sorted(channels.discover()) == ["pigeon", "telegram", "whatsapp"]


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))
def test_render_gives_parts_within_the_declared_limit(channel: Channel) -> None:
    parts = channel.render("**hola** " * 2000)
    assert len(parts) > 1
    for part in parts:
        assert 0 < len(part.plain) <= channel.capabilities.max_text
    assert channel.render(" \n ") == []
