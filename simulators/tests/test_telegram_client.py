"""The Telegram double as python-telegram-bot's Bot sees it: every answer must parse into the library's own types."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter

from simulators.common import serve_in_thread
from simulators.telegram.double import TelegramDouble

TOKEN = "7000000001:" + "A" * 35
ANA = {"id": 501, "first_name": "Ana"}


@pytest.fixture
def url() -> Iterator[str]:
    with serve_in_thread(TelegramDouble()) as url:
        sim(url, "accounts", {"token": TOKEN, "first_name": "Café", "username": "cafe_bot"})
        sim(url, "inbound", {"account": TOKEN, "from": ANA, "type": "start"})
        yield url


def sim(url: str, what: str, body: Any) -> Any:
    response = requests.post(f"{url}/_sim/{what}", json=body, timeout=20)
    assert response.status_code == 200, response.text
    return response.json()


def run(url: str, work: Callable[[Bot], Coroutine[Any, Any, None]], token: str = TOKEN) -> None:
    async def main() -> None:
        async with Bot(token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as bot:
            await work(bot)

    asyncio.run(main())


def test_the_bot_and_its_webhook(url: str) -> None:
    async def work(bot: Bot) -> None:
        assert (bot.bot.first_name, bot.bot.username) == ("Café", "cafe_bot")
        assert await bot.set_webhook("http://127.0.0.1:1/x", secret_token="s", allowed_updates=["message"])
        info = await bot.get_webhook_info()
        assert (info.url, info.allowed_updates, info.max_connections) == ("http://127.0.0.1:1/x", ("message",), 40)
        assert await bot.delete_webhook(drop_pending_updates=True)
        assert await bot.set_my_commands([BotCommand("help", "Ayuda")])
        assert (await bot.get_my_commands())[0].description == "Ayuda"

    run(url, work)


def test_messages(url: str) -> None:
    async def work(bot: Bot) -> None:
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Sí", callback_data="y")]])
        sent = await bot.send_message(
            501,
            "<b>Hola</b> ñ",
            parse_mode=ParseMode.HTML,
            reply_parameters=ReplyParameters(1),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=keyboard,
        )
        assert (sent.text, sent.text_html, sent.chat_id) == ("Hola ñ", "<b>Hola</b> ñ", 501)
        assert sent.reply_markup == keyboard
        assert sent.reply_to_message is not None
        assert await bot.send_chat_action(501, ChatAction.TYPING)
        assert await bot.send_message_draft(501, 7, "Es")
        edited = await bot.edit_message_text("Adiós", 501, sent.message_id)
        assert not isinstance(edited, bool)
        assert (edited.text, edited.edit_date is not None) == ("Adiós", True)
        assert await bot.set_message_reaction(501, 1, "👍")
        document = await bot.send_document(501, b"%PDF", filename="carta.pdf", caption="aquí")
        assert document.document is not None
        assert document.document.file_name == "carta.pdf"
        file = await bot.get_file(document.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"%PDF"
        assert await bot.delete_message(501, sent.message_id)

    run(url, work)


def test_errors_become_the_librarys_own(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it the library warns whenever it builds a RetryAfter
    group = {"id": -5, "type": "group", "title": "g"}
    sim(url, "inbound", {"account": TOKEN, "from": ANA, "chat": group, "type": "join"})
    migrate = {"account": TOKEN, "from": ANA, "chat": {"id": -5}, "type": "migrate", "to": -1005}

    async def work(bot: Bot) -> None:
        with pytest.raises(BadRequest, match="Can't parse entities"):
            await bot.send_message(501, "<p>x", parse_mode=ParseMode.HTML)
        with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
            await bot.send_message(999, "x")
        await asyncio.to_thread(sim, url, "faults", {"faults": [{"kind": "rate_limit", "retry_after": 7}]})
        with pytest.raises(RetryAfter) as limited:
            await bot.send_message(501, "x")
        assert limited.value.retry_after == timedelta(seconds=7)
        await asyncio.to_thread(sim, url, "faults", {"faults": [{"kind": "blocked"}]})
        with pytest.raises(Forbidden):
            await bot.send_message(501, "x")
        await asyncio.to_thread(sim, url, "inbound", migrate)
        with pytest.raises(ChatMigrated) as migrated:
            await bot.send_message(-5, "x")
        assert migrated.value.new_chat_id == -1005
        for kind in ("refuse", "lost_answer"):
            await asyncio.to_thread(sim, url, "faults", {"faults": [{"kind": kind}]})
            with pytest.raises(NetworkError):
                await bot.send_message(501, kind)

    run(url, work)
    shown = requests.get(f"{url}/_sim/chat?account=7000000001&chat=501", timeout=20).json()["messages"]
    assert [message["text"] for message in shown if message["direction"] == "out"] == ["lost_answer"]


def test_a_wrong_token(url: str) -> None:
    async def work(_bot: Bot) -> None:
        raise AssertionError("the token must be refused")

    with pytest.raises(InvalidToken):
        run(url, work, token="7000000001:" + "B" * 35)
