"""A process that sets money aside from many threads at once: `python -m tests.spender TENANT keep|spend THREADS`.

Prints "ready", waits for a line, and prints how many of its threads got money and how many did not as JSON. `keep`:
each asks once and gives nothing back. `spend`: each asks until there is none left, and uses three quarters.
"""

from __future__ import annotations

import json
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connection  # noqa: E402 - after the settings
from django.utils import timezone  # noqa: E402

from tenants_app import budgets  # noqa: E402
from tenants_app.budgets import Call, Held  # noqa: E402
from tenants_app.ids import new_id  # noqa: E402
from tenants_app.models import Price, Tenant, UsageRow  # noqa: E402
from tenants_app.scope import tenant_scope  # noqa: E402


def asked(price: Price) -> Call:
    return Call(reference=new_id(), epoch=1, purpose="chat", price=price, input_tokens=0, max_tokens=100_000)


def keep(tenant: Tenant, price: Price, gate: threading.Barrier) -> tuple[int, int]:
    gate.wait()
    found = budgets.reserve(tenant, asked(price), timezone.now())
    return (1, 0) if isinstance(found, Held) else (0, 1)


def spend(tenant: Tenant, price: Price, gate: threading.Barrier) -> tuple[int, int]:
    gate.wait()
    got = 0
    while True:
        found = budgets.reserve(tenant, asked(price), timezone.now())
        if not isinstance(found, Held):
            if found.momentary:
                continue
            return got, 1
        row = UsageRow(tenant=tenant, purpose="chat", model=price.model, reference=new_id(), output_tokens=75_000)
        with tenant_scope(tenant):
            budgets.settle(tenant, found, row)
        got += 1


def main(tenant_id: str, how: str, threads: int) -> None:
    with tenant_scope(uuid.UUID(tenant_id)):
        tenant = Tenant.objects.get()
    price = Price.objects.get(model="claude-sonnet-5-5")
    connection.close()
    print("ready", flush=True)
    sys.stdin.readline()
    gate = threading.Barrier(threads)
    do = {"keep": keep, "spend": spend}[how]
    with ThreadPoolExecutor(threads) as pool:
        results = [each.result() for each in [pool.submit(do, tenant, price, gate) for _ in range(threads)]]
    print(json.dumps({"held": sum(held for held, _ in results), "refused": sum(no for _, no in results)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
