"""The product's statements as they would stand on a server without row-level security: the tenant in each of them.

The ORM's statements leave the tenant to the policies; taken away, they would find no index, as all lead with it.
"""

from __future__ import annotations

import re

OWN = "tenants_app_tenant"  # has no tenant: it is one
JOIN = re.compile(r'(JOIN "(?P<table>\w+)"(?: (?P<alias>\w+))? ON \()')
FROM = re.compile(r'FROM "(?P<table>\w+)"')


def explicit(statement: str, tenant: str) -> str:
    """The SELECT with a condition on the tenant for each table that has one; raises ValueError where it finds no place.

    `tenant` is the id, which stands in the statement as the policy's setting would.
    """
    condition = f"{{}}.\"tenant_id\" = '{tenant}'::uuid AND "
    if not statement.startswith('SELECT "') or " WHERE " not in statement:
        if "tenant_id = " in statement or '"tenant_id" = ' in statement or "FROM " not in statement:
            return statement  # written by hand, with its tenant
        raise ValueError(f"no place for the tenant in: {statement[:200]}")

    def joined(found: re.Match[str]) -> str:
        if found["table"] == OWN:
            return found[0]
        return found[0] + condition.format(found["alias"] or f'"{found["table"]}"')

    first = FROM.search(statement)
    if first is None:
        raise ValueError(f"no table in: {statement[:200]}")
    head, _, rest = statement.partition(" WHERE ")
    own = "" if first["table"] == OWN else condition.format(f'"{first["table"]}"')
    return f"{JOIN.sub(joined, head)} WHERE {own}{rest}"
