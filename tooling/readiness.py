"""Whether tenants' own tools can run on this machine, for those who start it and those who ask."""

from __future__ import annotations

import logging

from tooling.sandbox import probe

logger = logging.getLogger(__name__)

HOW_TO_SEE = "manage.py check_sandbox"


def look() -> bool:
    """Try the sandbox's layers, which takes a second or two, and have the log say what is missing."""
    lacking = probe.missing()
    for layer in lacking:
        extra = {"layer": layer.name, "stopped": layer.stopped, "how_to_get": layer.how_to_get}
        logger.error("sandbox.layer_missing", extra=extra)
    if not lacking:
        logger.info("sandbox.ready")
    return not lacking


def lacking_in_words() -> str:
    """What is missing and how to get it; "" where nothing is. It may take a second or two."""
    return "; ".join(f"{layer.name}: {layer.stopped} ({layer.how_to_get})" for layer in probe.missing())
