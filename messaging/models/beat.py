from __future__ import annotations

from django.db import models


class WorkerBeat(models.Model):
    """A worker process that sweeps, as it last said itself. It belongs to no tenant and holds nothing of one."""

    worker = models.CharField(max_length=100, primary_key=True)  # host and process id
    started_at = models.DateTimeField()
    swept_at = models.DateTimeField()
    busy = models.PositiveIntegerField(default=0)  # turns and sends at work
    capacity = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.worker
