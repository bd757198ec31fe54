"""The product's statements as they would stand on a server without row-level security: the tenant in each of them.

The ORM's statements leave the tenant to the policies; taken away, they would find no index, as all lead with it.
"""

from __future__ import annotations

import re

OWN = "tenants_app_tenant"  # has no tenant: it is one
JOIN = re.compile(r'(JOIN "(?P<table>\w+)"(?: (?P<alias>\w+))? ON \()')
PLACE = re.compile(r'FROM "(?P<table>\w+)"(?: (?P<alias>[TU]\d+)\b)?|(?P<where> WHERE )')


def explicit(statement: str, tenant: str) -> str:
    """The SELECT with a condition on the tenant for each table that has one, those of its subqueries included; raises
    ValueError where it finds no place.

    `tenant` is the id, which stands in the statement as the policy's setting would.
    """
    condition = f"{{}}.\"tenant_id\" = '{tenant}'::uuid AND "
    if not statement.startswith('SELECT "') or " WHERE " not in statement:
        if "tenant_id = " in statement or '"tenant_id" = ' in statement or "FROM " not in statement:
            return statement  # written by hand, with its tenant
        raise ValueError(f"no place for the tenant in: {statement[:200]}")
    waiting: list[str] = []  # tables whose WHERE has not come yet: at most one, as the ORM writes them

    def joined(found: re.Match[str]) -> str:
        if found["table"] == OWN:
            return found[0]
        return found[0] + condition.format(found["alias"] or f'"{found["table"]}"')

    def placed(found: re.Match[str]) -> str:
        if not found["where"]:
            if waiting:
                raise ValueError(f"no place for the tenant of {waiting[0]} in: {statement[:200]}")
            waiting.append("" if found["table"] == OWN else found["alias"] or f'"{found["table"]}"')
            return found[0]
        table = waiting.pop() if waiting else ""
        return found[0] + (condition.format(table) if table else "")

    rewritten = PLACE.sub(placed, JOIN.sub(joined, statement))
    if any(waiting):
        raise ValueError(f"no place for the tenant of {waiting[0]} in: {statement[:200]}")
    return rewritten
