"""What the stack knows of the processes it starts."""

from __future__ import annotations

import subprocess
import sys

from stack.process import Identity, reap, wait_until

# Its first thread ends and the other lives on for a moment: it looks dead, and yet has no exit status.
LINGERING = """
import ctypes, os, sys, threading
def linger():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=linger).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def test_a_child_with_a_last_thread_is_reaped_when_that_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", LINGERING], stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert wait_until(lambda: Identity.of(child.pid) is None, 30)
        assert child.poll() is None
        reap(child, 0.05)  # gives up, and raises nothing
        child.stdin.close()
        reap(child)
        assert child.returncode == 0
