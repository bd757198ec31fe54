"""A test-only app: bells, a look around, clocks that differ, and ten bugs of which a process brings in one if asked to.

Loaded under `tests.faults.settings` only. FAULTS_BUG names the bug, FAULTS_ID_SKEW (seconds) shifts the time in ids,
FAULTS_WITNESS is the URL that hears of bells and of what is seen outside any tenant's scope.
"""

from tests.faults.bugs.catalogue import BUGS, Bug
from tests.faults.bugs.database import prepare_database

__all__ = ["BUGS", "Bug", "prepare_database"]
