"""Rotation of the keys of channel apps, which belong to no tenant. Runs as the operator."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from messaging.credentials import APP_KEY_PLACE, open_app_secret
from messaging.models import ChannelApp
from tenants_app.envelope import SealError, open_sealed, place, seal
from tenants_app.vault import master_keys

logger = logging.getLogger(__name__)


def rewrap_apps() -> int:
    """Wrap every app's own key by the newest master key, one statement each; returns how many that were.

    An app whose key does not open is left as it is, for `find_unreadable_apps` to name.
    """
    masters, done = master_keys(), 0
    for app in ChannelApp.objects.exclude(master_version=masters.newest):
        where = place("installation", *APP_KEY_PLACE, app.pk)
        try:
            key = open_sealed(masters[app.master_version], bytes(app.wrapped), where)
        except SealError:
            logger.warning("rotation.app_unreadable", extra={"app": str(app.pk)})
            continue
        done += ChannelApp.objects.filter(pk=app.pk, master_version=app.master_version).update(
            wrapped=seal(masters[masters.newest], key, where), master_version=masters.newest
        )
    return done


def find_unreadable_apps() -> Iterator[str]:
    """The apps whose secret no key at hand opens. Never a value."""
    for app in ChannelApp.objects.order_by("created_at"):
        try:
            open_app_secret(app)
        except SealError:
            yield str(app)
