"""Starlette on uvicorn with asyncpg, storing the row alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from benchmarks.ingest.peers import door

_, ACCOUNTS = door.load()
INSERT = f"""
    INSERT INTO peer.message ({door.INSERT_COLUMNS})
    VALUES ($1, $2, $3, $4, $5, 'in', $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp())
    {door.CONFLICT}
"""  # noqa: S608 - constants of ours


async def webhook(request: Request) -> PlainTextResponse:
    account = ACCOUNTS.get(request.path_params["app"])
    try:
        values = door.read(account, await request.body(), request.headers.get("x-hub-signature-256", ""))
    except door.Refused:
        return PlainTextResponse("refused", 403)
    if account is None or values["chat"] not in account.chats:
        return PlainTextResponse("nobody", 403)
    conversation, contact = account.chats[values["chat"]]
    async with request.app.state.pool.acquire() as connection:
        await connection.execute(
            INSERT,
            *(values["id"], values["tenant"], conversation, values["account"], contact, values["key"]),
            *(values["external_id"], values["kind"], values["text"], values["reply_to"], values["forwarded"]),
            *(values["raw"], values["sent_at"]),
        )
    return PlainTextResponse("ok")


@asynccontextmanager
async def pool(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=16) as app.state.pool:
        yield


application = Starlette(routes=[Route("/webhooks/whatsapp/{app}", webhook, methods=["POST"])], lifespan=pool)
