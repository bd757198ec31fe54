from __future__ import annotations

import logging
import os

from django.apps import AppConfig
from django.conf import settings

logger = logging.getLogger(__name__)


class BugsConfig(AppConfig):
    name = "tests.faults.bugs"
    label = "faults_bugs"

    def ready(self) -> None:
        """Last of all apps. An unknown bug, or a guard that is not where it was, ends the process."""
        from tests.faults.bugs import clock, probe
        from tests.faults.bugs.catalogue import BUGS

        if name := os.environ.get("FAULTS_BUG"):
            bug = BUGS[name]
            if settings.PROCESS in bug.processes:
                bug.bring_in()
                logger.warning("faults.bug", extra={"bug": name})
        if skew := float(os.environ.get("FAULTS_ID_SKEW") or 0):
            clock.shift_ids(skew)
        witness = os.environ.get("FAULTS_WITNESS")
        if witness and settings.PROCESS in {"web", "worker"}:
            probe.start(witness, settings.PROCESS)
