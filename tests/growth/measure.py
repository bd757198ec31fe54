"""The same at three sizes, each ten times the one before."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.growth.rows import Size
from tests.growth.scenario import everything
from tests.growth.watch import Seen, Watch
from tests.growth.world import World

SIZES = {1: Size(10, 20, 20), 10: Size(100, 200, 200), 100: Size(1000, 2000, 2000)}
KEPT = 3  # rounds that count
SESSION = 40  # turns of the session that goes on: its length has a limit of its own, whatever came before it


@dataclass
class Measured:
    """What was seen at each size. `stale`: while PostgreSQL's statistics were still those of a tenth of it."""

    world: World
    fresh: dict[int, dict[str, list[Seen]]] = field(default_factory=dict)
    stale: dict[int, dict[str, list[Seen]]] = field(default_factory=dict)


def measure(world: World) -> Measured:
    measured = Measured(world)
    for scale, size in SIZES.items():
        world.grow(size)
        if scale > 10:
            measured.stale[scale] = rounds(world, KEPT)
        world.analyze()
        measured.fresh[scale] = rounds(world, KEPT)
    return measured


def rounds(world: World, count: int) -> dict[str, list[Seen]]:
    """So many rounds, after one that is not looked at: it makes new sessions, and what a connection makes once."""
    world.close_sessions()
    everything(world, Watch())
    world.loader.lengthen_session(world.carol.pk, SESSION)
    watch = Watch()
    with watch.installed():
        for _ in range(count):
            everything(world, watch)
    return watch.seen
