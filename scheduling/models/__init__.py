from scheduling.models.occurrence import Occurrence
from scheduling.models.task import Task

__all__ = ["Occurrence", "Task"]
