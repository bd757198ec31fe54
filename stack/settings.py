"""What the installation was told: the process environment first, then `.env`, and what is embedded for the rest."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from stack import StackError
from stack.process import free_port, port_is_free
from stack.state import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
DATABASE_URLS = {"app": "DATABASE_URL", "operator": "DATABASE_OPERATOR_URL", "owner": "DATABASE_OWNER_URL"}
SERVICES = ("anthropic", "whatsapp", "telegram", "transcriber")
MESSENGERS = ("whatsapp", "telegram")
# A double stands in for a service where none of these is set.
CREDENTIALS = {
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    "whatsapp": ("WHATSAPP_BASE_URL",),
    "telegram": ("TELEGRAM_BASE_URL",),
    "transcriber": ("TRANSCRIBER_BASE_URL",),
}
DOTENV_LINE = re.compile(
    r"""\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^\s'"]*))"""
    r"""(?:\s+\#.*|\s*)"""
)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DATABASE = "proxystaff"
NOWHERE = "redis://127.0.0.1:1/0"  # without a broker of ours, never some other program's at the usual port


def read_settings(environment: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """The process environment over `.env`; a variable without a value counts as not set."""
    merged = _dotenv(root / ".env") | {name: value for name, value in environment.items() if value}
    return {name: value for name, value in merged.items() if value}


def _dotenv(path: Path) -> dict[str, str]:
    """NAME=value lines; quotes keep what is between them, and a comment begins the line or follows a blank.

    A parser of our own, since the usual ones cut passwords at a # or skip a line that they don't understand.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StackError(f"{path} cannot be read: {error}") from error
    values = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = DOTENV_LINE.fullmatch(line)
        if match is None:
            raise StackError(f"{path}, line {number}: expected NAME=value, and quotes around a value with blanks.")
        values[match["name"]] = match["single"] or match["double"] or match["bare"] or ""
    return values


def data_dir_of(settings: Mapping[str, str]) -> Path:
    return Path(settings.get("DATA_DIR") or ROOT / ".data").expanduser().absolute()


def doubles(settings: Mapping[str, str]) -> list[str]:
    """The services without credentials, for which a double runs.

    What the transcriber's makes up is for simulated people only: beside a real messenger there is rather none.
    """
    names = [name for name in SERVICES if not any(settings.get(variable) for variable in CREDENTIALS[name])]
    return names if set(MESSENGERS) <= set(names) else [name for name in names if name != "transcriber"]


def check(settings: Mapping[str, str]) -> None:
    """Raises StackError for settings that contradict each other or cannot work."""
    check_database(settings)
    url = settings.get("PUBLIC_URL")
    if url is not None:
        _check_public_url(url)
    for name in ("PORT", "ADMIN_PORT", "PHONE_PORT", "WORKER_THREADS"):
        port_setting(settings, name)


def check_database(settings: Mapping[str, str]) -> bool:
    """Whether a PostgreSQL of one's own is named; raises StackError where only part of it is."""
    named = [variable for variable in DATABASE_URLS.values() if settings.get(variable)]
    missing = [variable for variable in DATABASE_URLS.values() if variable not in named]
    if named and missing:
        raise StackError(
            f"{' and '.join(named)} is set, but {' and '.join(missing)} is not. ProxyStaff uses three database roles: "
            "set all three URLs (`manage.py bootstrap_database` makes the roles with DATABASE_ADMIN_URL), or none of "
            "them to use the embedded PostgreSQL."
        )
    return bool(named)


def _check_public_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no port
    except ValueError:
        raise StackError(
            f"PUBLIC_URL={url} cannot be used: it is malformed. Set it like https://bot.example.com"
        ) from None
    wrong = "it needs a scheme and a host" if not parts.hostname or parts.scheme not in {"http", "https"} else ""
    if not wrong and any(character.isspace() for character in url):
        wrong = "it holds spaces"
    if not wrong and (parts.path.strip("/") or parts.query or parts.fragment or parts.username):
        wrong = "it is scheme, host and port only"
    if not wrong and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        wrong = "WhatsApp and Telegram call webhooks over https only"
    if wrong:
        raise StackError(f"PUBLIC_URL={url} cannot be used: {wrong}. Set it like https://bot.example.com")


def port_setting(settings: Mapping[str, str], name: str) -> int | None:
    """A positive number below 65536; None where it is not set. Raises StackError."""
    value = settings.get(name)
    if value is None:
        return None
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise StackError(f"{name}={value} is not a number between 1 and 65535.")
    return int(value)


def choose_ports(data_dir: Path, settings: Mapping[str, str], names: tuple[str, ...]) -> dict[str, int]:
    """A free port for each part, the same as last time where it still is free. Raises StackError for a taken PORT."""
    path = data_dir / "ports.json"
    earlier = read_json(path) or {}
    ports = {"web": port_setting(settings, "PORT") or 8000}
    for name, variable in (("admin", "ADMIN_PORT"), ("phone", "PHONE_PORT")):
        if name in names and (wanted := port_setting(settings, variable)):
            ports[name] = wanted
    for name, port in ports.items():
        variable = "PORT" if name == "web" else f"{name.upper()}_PORT"
        if not port_is_free(port, settings.get("HOST", "127.0.0.1") if name == "web" else "127.0.0.1"):
            raise StackError(
                f"Port {port} for the {name} process is taken by another program. Stop that, or choose another port: "
                f"make up {variable}={free_port()}"
            )
    for name in names:
        if name not in ports:
            ports[name] = free_port(earlier.get(name), tuple(ports.values()))
    write_json(path, earlier | ports)
    return ports


@dataclass(frozen=True)
class Secrets:
    """What is drawn once for an installation and kept."""

    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    @classmethod
    def load(cls, data_dir: Path) -> Secrets | None:
        value = read_json(data_dir / "secrets.json")
        return None if value is None else cls({str(name): str(secret) for name, secret in value.items()})

    @classmethod
    def keep(cls, data_dir: Path) -> Secrets:
        """The kept ones; what is missing is drawn and kept. The caller holds the directory's start lock."""
        loaded = cls.load(data_dir)
        if loaded is None and (data_dir / "postgres").exists():
            raise StackError(
                f"{data_dir / 'secrets.json'} is missing, and the database beside it cannot be read without. Restore "
                "the file from a copy, or move the directory away to begin anew."
            )
        kept = loaded.values if loaded else {}
        values = cls.draw().values | kept
        if values != kept:
            write_json(data_dir / "secrets.json", values)
        return cls(values)

    @classmethod
    def draw(cls) -> Secrets:
        passwords = {
            f"{name}_password": secrets.token_hex(24) for name in ("postgres", "owner", "app", "operator", "redis")
        }
        return cls(
            passwords
            | {
                "SECRET_KEY": secrets.token_urlsafe(48),
                "MASTER_KEYS": "1:" + base64.b64encode(os.urandom(32)).decode(),
            }
        )


def base_environment(settings: Mapping[str, str], kept: Secrets | None) -> dict[str, str]:
    """The settings with everything filled in that needs no server."""
    port, data_dir = settings.get("PORT", "8000"), data_dir_of(settings)
    values = {
        "DEBUG": "0",
        "PORT": port,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MEDIA_ROOT": str(data_dir / "media"),
        "SIMULATED": ",".join(doubles(settings)),
    }
    if kept is not None:
        values |= {name: kept[name] for name in ("SECRET_KEY", "MASTER_KEYS")}
    values |= settings
    values["PUBLIC_URL"] = values["PUBLIC_URL"].rstrip("/")
    # A proxy for the way out must not stand between the parts of one machine.
    exempt = [settings.get("NO_PROXY") or settings.get("no_proxy", ""), "127.0.0.1", "localhost"]
    values["NO_PROXY"] = values["no_proxy"] = ",".join(filter(None, exempt))
    return values | {"DATA_DIR": str(data_dir)}


def database_urls(kept: Secrets, port: int) -> dict[str, str]:
    """The embedded database's URLs, one for each role."""
    return {
        variable: f"postgres://proxystaff_{role}:{kept[f'{role}_password']}@127.0.0.1:{port}/{DATABASE}"
        for role, variable in DATABASE_URLS.items()
    }


def double_urls(ports: Mapping[str, int], names: list[str]) -> dict[str, str]:
    """How the product finds the doubles."""
    values = {f"{name.upper()}_BASE_URL": f"http://127.0.0.1:{ports[name]}" for name in names}
    if "transcriber" in names:
        values["TRANSCRIBER_BASE_URL"] += "/v1"  # as its users write it, who give what stands before /audio
    if "anthropic" in names:
        values["ANTHROPIC_API_KEY"] = "sk-ant-simulated"
    return values


def documented(root: Path = ROOT) -> set[str]:
    """The settings that `.env.example` names."""
    return set(
        re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (root / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )


def shared(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of a process's environment that concerns the installation: the rest is its user's own business."""
    names = documented() | {"NO_PROXY", "no_proxy"}
    return {name: value for name, value in environment.items() if name in names}
