"""A tool whose runs can be counted from outside."""

from __future__ import annotations

import os

import requests

from tooling.registry import ToolContext, ToolError, tool


@tool(roles=frozenset({"owner", "staff", "customer"}), repeatable=False, effect="outward")
def ring_bell(context: ToolContext, token: str) -> str:
    """Ring the bell for the person, once.

    Use it when a message has the word bell in it, with the message's own words.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False
            body = {"token": token, "pid": os.getpid()}
            session.post(os.environ["FAULTS_WITNESS"], json=body, timeout=10).raise_for_status()
    except requests.RequestException as error:
        raise ToolError(f"The bell did not ring: {type(error).__name__}.") from None
    return "The bell has rung."
