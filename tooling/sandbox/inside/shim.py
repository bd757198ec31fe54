"""The first code of a run: closes what is open, sets the limits, then runs the tenant's script and writes its result.

Compiled by the launcher and handed over on standard input, followed by the job; so it is no file that the script could
read. Starting is what a short tool's run mostly costs: no import here that is not needed, private C modules rather than
`json` and `ctypes`. Nothing here keeps a script from anything once it runs; it can reach and change all of this.
"""

import _json
import posix
import sys

KEPT_TRACEBACK = 16_000


class Context:
    """What a tool's `run(args, context)` is given beside its arguments."""

    def __init__(self, job):
        self.secrets = job["secrets"]
        self.timezone = job["timezone"]
        self.language = job["language"]
        self._now = job["now"]
        self._proxy = None
        self._fetching = None

    @property
    def now(self):
        """When the run began, aware, in the business's time zone."""
        from datetime import datetime, timezone
        from zoneinfo import ZoneInfo

        moment = datetime.fromtimestamp(self._now, timezone.utc)  # noqa: UP017
        try:
            return moment.astimezone(ZoneInfo(self.timezone))
        except (LookupError, ValueError, OSError):
            return moment

    def fetch(self, url, method="GET", headers=None, json=None, data=None, timeout=None):
        """One HTTP exchange with an allowed host: an object with `.status`, `.headers`, `.text`, `.content`, `.json()`."""
        if self._proxy is None:
            raise PermissionError("This tool declares no allowed hosts, so it has no network.")
        if isinstance(self._fetching, type(fetching_code)):
            names = {"__name__": "fetching"}
            exec(self._fetching, names)
            self._fetching = names["fetch"]
        return self._fetching(self._proxy, url, method, headers or {}, json, data, timeout)

    def __repr__(self):
        return "<context>"


class _Reading:
    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo = {}


def read_json(text):
    return _json.make_scanner(_Reading)(text, 0)[0]


def not_json(value):
    raise TypeError(f"a value of type {type(value).__name__} is not JSON")


write_json = _json.make_encoder(None, not_json, _json.encode_basestring_ascii, None, ": ", ", ", False, False, False)


def listen(job, rights):
    """A socket in this network namespace, for the proxy outside; its port."""
    import _socket

    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    rights.append(listener.detach())
    address = _socket.socket(fileno=posix.dup(rights[-1]))
    port = address.getsockname()[1]
    address.close()
    return port


def hand_over(job):
    """Sends out what is watched and served from outside: this run's directory and, with a network, a socket."""
    import _socket

    rights = [posix.open("/tmp", posix.O_RDONLY | posix.O_DIRECTORY)]
    port = listen(job, rights) if job["network"] else None
    control = _socket.socket(fileno=job["control"])
    packed = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in rights)
    control.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)])
    control.close()
    for descriptor in rights:
        posix.close(descriptor)
    return port


def close_others(result):
    """Leaves standard input (empty from now on), output, error and the result's pipe."""
    nothing = posix.open("/dev/null", posix.O_RDONLY)
    posix.dup2(nothing, 0)
    import os

    os.closerange(3, result)
    os.closerange(result + 1, 1 << 20)


def set_limits(limits):
    import resource

    for which, wanted in limits:
        soft, hard = resource.getrlimit(which)
        top = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (top, top))


def load_filter(program):
    """Through the C functions of `ctypes`: importing all of it would take a third of a run's start."""
    import _ctypes
    import array

    lines = array.array("B", program)
    head = (len(program) // 8).to_bytes(8, sys.byteorder) + lines.buffer_info()[0].to_bytes(8, sys.byteorder)
    prctl = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")
    if _ctypes.call_function(prctl, (22, 2, head)) != 0:
        raise OSError("the second seccomp filter could not be loaded")


def leave(descriptor, kind, text):
    """Writes the run's one document and ends the process, threads and all."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except BaseException:  # noqa: S110, BLE001 - the script may have put anything there
            pass
    data = kind + b"\n" + text.encode()
    while data:
        data = data[posix.write(descriptor, data) :]
    posix._exit(0)


def encoded(value):
    return "".join(write_json(value, 0))


def describe(error):
    """The exception in one line, and the traceback from the script's first line on, with its source."""
    import linecache
    import traceback

    linecache.cache["<tool>"] = (len(source), None, source.splitlines(keepends=True), "<tool>")
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != "<tool>":
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    line = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
    return {"error": line[:1000], "traceback": "".join(lines)[-KEPT_TRACEBACK:]}


def call(source, args, context):
    tool = type(sys)("tool")
    sys.modules["tool"] = tool
    exec(compile(source, "<tool>", "exec", dont_inherit=True), tool.__dict__)
    run = tool.__dict__.get("run")
    if not callable(run):
        raise NameError("the script has no function run(args, context)")
    return run(args, context)


job = read_json(job_text.decode())
source = job["source"]
context = Context(job)
if job["control"] is not None:
    port = hand_over(job)
    if port is not None:
        context._proxy = ("127.0.0.1", port)
        context._fetching = fetching_code
if job["clear"]:
    import os

    os.environ.clear()
    os.environ["HOME"] = "/tmp"
if job["network"]:
    import os

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        os.environ[name] = f"http://127.0.0.1:{context._proxy[1]}"
if job["packages"]:
    sys.path.append(job["packages"])
if job["close"]:
    close_others(job["result"])
set_limits(job["limits"])
if job["filter"]:
    load_filter(bytes.fromhex(job["filter"]))
sys.stdout.reconfigure(line_buffering=True)
try:
    answer = call(source, job["args"], context)
except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt end a script like any other
    leave(job["result"], b"error", encoded(describe(error)))
try:
    answer = encoded(answer)
    if len(answer) > job["result_bytes"]:
        raise ValueError(f"it has {len(answer):,} bytes, and at most {job['result_bytes']:,} are taken")
except TypeError as error:
    leave(job["result"], b"error", encoded(describe(error)))
except (ValueError, RecursionError) as error:
    leave(job["result"], b"unfit", encoded(describe(error)))
leave(job["result"], b"ok", answer)
