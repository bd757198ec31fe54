#!/usr/bin/env python
"""Django's command line. It finds the installation that runs in DATA_DIR, or starts its database for the command."""

import os
import sys

OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "squashmigrations", "flush"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ["PROXYSTAFF_PROCESS"] = "migrate" if command in OWNER_COMMANDS else "command"

    from stack.environment import attach

    with attach(sys.argv, os.environ):
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
