"""Places for scripts: bounded in all and for each tenant, and whoever has least comes first."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tooling.pool import Pool, PoolFull

ACME, GLOBEX, HOOLI = (uuid.UUID(int=number) for number in range(3))


def pool(places: int = 2, per_tenant: int = 2, queue: int = 10, longest_wait: float = 20.0) -> Pool:
    return Pool(places=places, per_tenant=per_tenant, queue=queue, longest_wait=longest_wait)


class Crowd:
    """Threads that wait for a place and keep it until they are let go."""

    def __init__(self, of: Pool) -> None:
        self.pool = of
        self.began: list[str] = []
        self.full: list[str] = []
        self._let_go: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def comes(self, name: str, tenant: uuid.UUID) -> None:
        """Returns when it has a place, waits or was sent away."""
        self._let_go[name] = threading.Event()
        before = self.count
        self._threads.append(threading.Thread(target=self._stay, args=(name, tenant), daemon=True))
        self._threads[-1].start()
        until(lambda: self.count == before + 1)

    @property
    def count(self) -> int:
        return len(self.began) + len(self.full) + self.pool.waiting

    def goes(self, name: str) -> None:
        waiting, began = self.pool.waiting, len(self.began)
        self._let_go[name].set()
        if waiting:
            until(lambda: len(self.began) > began)

    def _stay(self, name: str, tenant: uuid.UUID) -> None:
        try:
            with self.pool.place(tenant):
                self.began.append(name)
                self._let_go[name].wait(20)
        except PoolFull:
            self.full.append(name)

    def go_home(self) -> None:
        for event in self._let_go.values():
            event.set()
        for thread in self._threads:
            thread.join(20)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def test_no_more_run_than_there_are_places() -> None:
    crowd = Crowd(pool(places=2))
    for name, tenant in (("a1", ACME), ("g1", GLOBEX), ("h1", HOOLI)):
        crowd.comes(name, tenant)
    assert (crowd.began, crowd.pool.running, crowd.pool.waiting) == (["a1", "g1"], 2, 1)
    crowd.goes("a1")
    assert crowd.began == ["a1", "g1", "h1"]
    crowd.go_home()
    assert (crowd.pool.running, crowd.pool.waiting) == (0, 0)


def test_one_tenant_never_has_them_all() -> None:
    crowd = Crowd(pool(places=3, per_tenant=2))
    for name in ("a1", "a2", "a3"):
        crowd.comes(name, ACME)
    assert (crowd.began, crowd.pool.waiting) == (["a1", "a2"], 1)
    crowd.comes("g1", GLOBEX)
    assert crowd.began == ["a1", "a2", "g1"]
    crowd.goes("a1")
    assert crowd.began[-1] == "a3"
    crowd.go_home()


def test_who_came_after_a_crowd_of_another_tenant_does_not_wait_for_all_of_it() -> None:
    crowd = Crowd(pool(places=2, per_tenant=2))
    for number in range(1, 6):
        crowd.comes(f"a{number}", ACME)
    crowd.comes("g1", GLOBEX)
    crowd.comes("h1", HOOLI)
    crowd.goes("a1")
    crowd.goes("a2")
    assert crowd.began == ["a1", "a2", "g1", "h1"]
    crowd.goes("g1")
    assert crowd.began[-1] == "a3"
    crowd.go_home()


def test_a_full_queue_says_so_at_once() -> None:
    crowd = Crowd(pool(places=1, queue=2))
    for name in ("a1", "a2", "a3", "a4"):
        crowd.comes(name, ACME)
    assert (crowd.began, crowd.full, crowd.pool.waiting) == (["a1"], ["a4"], 2)
    crowd.go_home()
    assert crowd.began == ["a1", "a2", "a3"]


def test_who_may_begin_at_once_needs_no_room_in_the_queue() -> None:
    places = pool(places=2, queue=0)
    with places.place(ACME), places.place(ACME), pytest.raises(PoolFull), places.place(GLOBEX):
        pass
    assert (places.running, places.waiting) == (0, 0)


def test_waiting_ends_and_leaves_nothing_behind() -> None:
    places = pool(places=1, longest_wait=0.01)
    with places.place(ACME):
        for wait in (5.0, 0.0):
            with pytest.raises(PoolFull), places.place(GLOBEX, wait):
                pass
        assert (places.running, places.waiting) == (1, 0)
    with places.place(GLOBEX):
        assert places.running == 1


def test_a_run_that_raises_gives_its_place_back() -> None:
    places = pool(places=1)
    with pytest.raises(ZeroDivisionError), places.place(ACME):
        raise ZeroDivisionError
    with ExitStack() as stack:
        stack.enter_context(places.place(GLOBEX, 0.0))
