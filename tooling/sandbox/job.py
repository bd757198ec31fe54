"""What is handed into a run on standard input: the shim as compiled code, and one JSON document. No Django."""

from __future__ import annotations
import __future__

import json
import marshal
import math
import os
import resource
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from tooling.sandbox import bubblewrap, seccomp
from tooling.sandbox.results import RESULT_BYTES
from tooling.sandbox.types import MEBIBYTE, Layers, Script

LARGEST = 8 * MEBIBYTE
_INSIDE = Path(__file__).parent / "inside"

# The launcher's arguments can be read inside: this is all that they say.
BOOT = (
    "import marshal,posix;d=posix.read(0,1<<24);n=int(d[:9]);s,c=marshal.loads(d[9:n]);g={'__name__':'shim'};"
    "exec(s,g);g['main'](d[n:],c)"
)


@cache
def _code() -> bytes:
    """For this interpreter, which is the one inside as well."""
    code = marshal.dumps((_compiled("shim.py"), _compiled("fetching.py")))
    return b"%09d" % (len(code) + 9) + code


def _compiled(name: str) -> CodeType:
    """With what `__future__` says about annotations given to the compiler: importing it takes its part of a start."""
    source = (_INSIDE / name).read_text().replace("from __future__ import annotations\n", "\n", 1)
    flags = __future__.annotations.compiler_flag
    code: CodeType = compile(source, f"<{name}>", "exec", flags, dont_inherit=True, optimize=2)
    return code


def job(script: Script, layers: Layers, *, result: int, control: int, network: bool) -> bytes:
    """Raises ValueError or TypeError for arguments that are not JSON."""
    document: dict[str, Any] = {
        "source": script.source,
        "args": dict(script.args),
        "secrets": dict(script.secrets),
        "now": script.now.timestamp(),
        "timezone": script.timezone,
        "language": script.language,
        "packages": bubblewrap.PACKAGES if script.packages else None,
        "result": result,
        "result_bytes": RESULT_BYTES,
        "control": control,
        "network": network,
        "clear": "environment" in layers,
        "close": "descriptors" in layers,
        "limits": _limits(script) if "rlimits" in layers else [],
        "filter": seccomp.second().hex() if "seccomp" in layers else "",
    }
    return _code() + json.dumps(document, allow_nan=False).encode()


def _limits(script: Script) -> list[tuple[int, int]]:
    return [
        (resource.RLIMIT_AS, script.memory_bytes),
        (resource.RLIMIT_CPU, math.ceil(script.seconds) + 1),
        (resource.RLIMIT_FSIZE, 32 * MEBIBYTE),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, 64),  # threads; ignored where root started this
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_STACK, 8 * MEBIBYTE),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64),
    ]


def in_memory(name: str, data: bytes) -> int:
    """A descriptor to read it from the beginning."""
    descriptor = os.memfd_create(name)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as stream:
            stream.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
