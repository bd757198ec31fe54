"""The first code of a run: closes what is open, sets the limits, then runs the tenant's script and writes its result.

Compiled by the launcher and handed over on standard input, followed by the job; so it is no file that the script
could read. Starting is what a short tool's run mostly costs: nothing is imported that is not needed, and C modules
rather than `json` and `ctypes`. Nothing here keeps a script from anything once it runs: it can reach and change all of
this.
"""

from __future__ import annotations

import _json
import _thread
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Never

KEPT_ERROR, KEPT_TRACEBACK = 4_000, 20_000  # more than is shown: secrets are taken out first
HOME = "/tmp"  # noqa: S108 - private to the run, and all that it may write to
THREAD_STACK_BYTES = 1 << 20  # of address space, which is limited
PROXY_HOST = "127.0.0.1"
_SET_SECCOMP, _FILTER = 22, 2


class Context:
    """What a tool's `run(args, context)` is given beside its arguments."""

    def __init__(self, job: dict[str, Any], proxy: tuple[str, int] | None, fetching: CodeType) -> None:
        self.secrets = job["secrets"]
        self.timezone = job["timezone"]
        self.language = job["language"]
        self._now = job["now"]
        self._proxy = proxy
        self._fetching = fetching

    @property
    def now(self) -> Any:
        """When the run began, aware, in the business's time zone."""
        from datetime import datetime, timezone
        from zoneinfo import ZoneInfo

        moment = datetime.fromtimestamp(self._now, timezone.utc)  # noqa: UP017
        try:
            return moment.astimezone(ZoneInfo(self.timezone))
        except (LookupError, ValueError, OSError):
            return moment

    def fetch(
        self,
        url: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        json: Any = None,
        data: str | bytes | None = None,
        timeout: float | None = None,
    ) -> Any:
        """One HTTP exchange with an allowed host; the answer has .status, .headers, .text, .content and .json()."""
        if self._proxy is None:
            raise PermissionError("this tool declares no allowed hosts, so it has no network")
        if "fetching" not in sys.modules:
            module = sys.modules["fetching"] = type(sys)("fetching")
            exec(self._fetching, module.__dict__)  # noqa: S102
        return sys.modules["fetching"].fetch(self._proxy, url, method, headers or {}, json, data, timeout)


class _Reading:
    """As `json.JSONDecoder` is for the scanner in C."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def _not_json(value: object) -> Never:
    raise TypeError(f"a value of type {type(value).__name__} is not JSON")


_write = _json.make_encoder(None, _not_json, _json.encode_basestring_ascii, None, ": ", ", ", False, False, False)


def encoded(value: object) -> str:
    return "".join(_write(value, 0))


def hand_over(control: int, *, network: bool) -> int | None:
    """Sends out what is watched and served from there: the run's directory and, with a network, a listening socket."""
    import _socket

    rights = [posix.open(HOME, posix.O_RDONLY | posix.O_DIRECTORY)]
    port = None
    if network:
        listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        listener.bind((PROXY_HOST, 0))
        listener.listen(64)
        port = listener.getsockname()[1]
        rights.append(listener.detach())
    channel = _socket.socket(fileno=control)
    packed = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in rights)
    channel.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)])
    channel.close()
    for descriptor in rights:
        posix.close(descriptor)
    return port


def set_environment(proxy: tuple[str, int] | None) -> None:
    """Of the C library, and what `os.environ` is made from when `os` is first imported."""
    wanted = {b"HOME": HOME.encode()}
    if proxy is not None:
        for name in (b"http_proxy", b"https_proxy", b"HTTP_PROXY", b"HTTPS_PROXY"):
            wanted[name] = f"http://{proxy[0]}:{proxy[1]}".encode()
    for name in tuple(posix.environ):
        posix.unsetenv(name)
    posix.environ.clear()
    for name, value in wanted.items():
        posix.putenv(name, value)
        posix.environ[name] = value


def close_others(result: int) -> None:
    """Leaves standard input (empty from now on), output, error and the result's pipe."""
    posix.dup2(posix.open("/dev/null", posix.O_RDONLY), 0)
    posix.closerange(3, result)
    posix.closerange(result + 1, 1 << 20)


def set_limits(limits: list[tuple[int, int]]) -> None:
    import resource

    for which, wanted in limits:
        hard = resource.getrlimit(which)[1]
        top = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (top, top))


def load_filter(program: bytes) -> None:
    """Through the C core of `ctypes`: importing all of it would take a third of a run's start."""
    import _ctypes

    class Byte(_ctypes._SimpleCData):  # type: ignore[type-arg]  # noqa: SLF001 - as ctypes.c_char is
        _type_ = "c"

    lines = (Byte * len(program)).from_buffer_copy(program)
    address = _ctypes.addressof(lines)
    head = (len(program) // 8).to_bytes(8, sys.byteorder) + address.to_bytes(8, sys.byteorder)
    prctl = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")  # type: ignore[arg-type]  # None: this program
    if _ctypes.call_function(prctl, (_SET_SECCOMP, _FILTER, head)) != 0:
        raise OSError("the second seccomp filter could not be loaded")


def leave(descriptor: int, kind: bytes, text: str) -> Never:
    """Writes the run's one document and ends the process, threads and all."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:  # noqa: SIM105 - contextlib is not imported
            stream.flush()  # type: ignore[union-attr]
        except BaseException:  # noqa: S110, BLE001 - the script may have put anything there
            pass
    data = kind + b"\n" + text.encode()
    while data:
        data = data[posix.write(descriptor, data) :]
    posix._exit(0)  # noqa: SLF001


def described(error: BaseException, source: str, result: int) -> str:
    """The exception in one line, and the traceback from the script's first line on, with its source."""
    kind, said = "an exception", ""
    try:
        kind = type(error).__name__
        said = (str(error).strip().splitlines() or [""])[0]
    except BaseException:  # noqa: S110, BLE001 - an exception's own code may do anything
        pass
    lines: list[str] = []
    try:
        lines = traced(error, source)
    except BaseException:  # noqa: BLE001 - so may the state that the script leaves
        posix.closerange(3, result)  # for want of descriptors nothing can be imported
        posix.closerange(result + 1, 1 << 10)
        try:  # noqa: SIM105 - contextlib is not imported
            lines = traced(error, source)
        except BaseException:  # noqa: S110, BLE001 - it is told without
            pass
    line = f"{kind}: {said}" if said else kind
    return encoded({"error": clean(line[:KEPT_ERROR]), "traceback": clean("".join(lines)[-KEPT_TRACEBACK:])})


def traced(error: BaseException, source: str) -> list[str]:
    import linecache
    import traceback

    linecache.cache["<tool>"] = (len(source), None, source.splitlines(keepends=True), "<tool>")
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != "<tool>":
        trace = trace.tb_next
    return traceback.format_exception(type(error), error, trace)


def clean(text: str) -> str:
    """Without what no result may hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def call(source: str, args: dict[str, Any], context: Context) -> object:
    tool = sys.modules["tool"] = type(sys)("tool")
    exec(compile(source, "<tool>", "exec", dont_inherit=True), tool.__dict__)  # noqa: S102
    run = tool.__dict__.get("run")
    if run is None:
        raise NameError("the script has no function run(args, context)")
    return run(args, context)


def fit(value: object, most: int) -> str:
    """The result as JSON."""
    text = encoded(value)
    if len(text) > most:
        raise ValueError(f"it has {len(text):,} bytes, and at most {most:,} are taken")
    return text


def prepare(job: dict[str, Any], fetching: CodeType) -> Context:
    port = hand_over(job["control"], network=job["network"])
    context = Context(job, (PROXY_HOST, port) if port is not None else None, fetching)
    if job["clear"]:
        set_environment(context._proxy)  # noqa: SLF001
    if job["packages"]:
        sys.path.append(job["packages"])
    if job["close"]:
        close_others(job["result"])
    set_limits(job["limits"])
    _thread.stack_size(THREAD_STACK_BYTES)
    if job["filter"]:
        load_filter(bytes.fromhex(job["filter"]))
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what a killed run printed is seen
    return context


def main(text: bytes, fetching: CodeType) -> Never:
    job = _json.make_scanner(_Reading)(text.decode(), 0)[0]  # type: ignore[arg-type]
    source, result = job["source"], job["result"]
    context = prepare(job, fetching)
    try:
        answer = call(source, job["args"], context)
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt end a script like any other
        leave(result, b"error", described(error, source, result))
    try:
        text_of_it = fit(answer, job["result_bytes"])
    except TypeError as error:
        leave(result, b"error", described(error, source, result))
    except (ValueError, RecursionError, MemoryError) as error:
        leave(result, b"unfit", encoded({"error": clean(str(error)[:1000]) or "it is too large"}))
    leave(result, b"ok", text_of_it)
