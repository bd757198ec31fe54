"""`manage.py bootstrap_database`: the three roles, the database and its extensions, made by an administrator."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stack import StackError
from stack.bootstrap import bootstrap, plan_from_urls

ADMIN = "DATABASE_ADMIN_URL"
PLANNED = ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_OPERATOR_URL")


class Command(BaseCommand):
    help = (
        f"Makes the database, its extensions and the roles that {', '.join(PLANNED)} name, as the administrator of "
        f"{ADMIN}. Needed once for a PostgreSQL of your own, 15 or later; safe to run again, which also sets the "
        "roles' passwords to those in the URLs. Run `manage.py migrate` after it."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        urls = {name: os.environ.get(name, "") for name in (ADMIN, *PLANNED)}
        if missing := [name for name, url in urls.items() if not url]:
            raise CommandError(
                f"Not set: {', '.join(missing)}. This command needs the "
                "administrator's URL and those of the three roles; .env.example shows them. The embedded PostgreSQL "
                "of `make up` needs none: it is prepared by itself."
            )
        try:
            plan = plan_from_urls(*(urls[name] for name in PLANNED))
            bootstrap(urls[ADMIN], plan)
        except StackError as error:
            raise CommandError(str(error)) from error
        names = ", ".join(role.name for role in plan.roles)
        self.stdout.write(f"The database {plan.database} and its roles {names} are ready. Next: manage.py migrate")
