"""Stands in for the product's commands: notes each call, and answers what the supervisor reads."""

import json
import os
import sys
from pathlib import Path

import psycopg

command = sys.argv[1]
with Path(os.environ["DATA_DIR"], "commands.log").open("a") as log:
    log.write(f"{command}\n")
url = os.environ["DATABASE_OWNER_URL" if command == "migrate" else "DATABASE_OPERATOR_URL"]
with psycopg.connect(url) as connection:
    if command == "migrate":
        connection.execute("CREATE TABLE IF NOT EXISTS starts (id int)")
        connection.execute("INSERT INTO starts VALUES (1)")
if command == "create_operator":
    print(json.dumps({"username": "operator", "password": "once"}))
elif command == "onboard":
    print(json.dumps({"tenant": "demo", "accounts": []}))
