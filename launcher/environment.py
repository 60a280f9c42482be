"""Where things are and what was configured: the environment, `.env`, and the secrets made once."""

import errno
import ipaddress
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from launcher.addresses import refuse_what_cannot_be_meant
from launcher.private_files import read_assignments, write_assignments
from launcher.problems import Problem

PROJECT = Path(__file__).resolve().parent.parent
SETTINGS = "mediabridge.settings.local"

# Name -> length in hexadecimal characters.
GENERATED_SECRETS = {
    "DJANGO_SECRET_KEY": 100,
    "JWT_SECRET": 128,
    "ENCRYPTION_KEY": 64,
    "EVICT_WEBHOOK_SECRET": 64,
    "RESTORE_WEBHOOK_SECRET": 64,
}
# "Every address of this machine", and the one of them a browser here uses.
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
# A first start writes the environments, a database and the demo objects.
NEEDED_BYTES = 400_000_000


@dataclass(frozen=True)
class Configuration:
    """What was asked for. `values` is the environment over `.env`, without empty values."""

    values: Mapping[str, str]
    var_dir: Path
    host: str
    port: int
    web_processes: int
    lister_processes: int

    @property
    def database_url(self) -> str | None:
        return self.values.get("DATABASE_URL")

    @property
    def redis_url(self) -> str | None:
        return self.values.get("REDIS_URL")

    @property
    def s3_endpoint_url(self) -> str | None:
        return self.values.get("S3_ENDPOINT_URL")

    @property
    def s3_public_url(self) -> str | None:
        return self.values.get("S3_PUBLIC_URL")

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the pages."""
        host = LOOPBACK_OF.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def read_configuration(environ: Mapping[str, str], *, project: Path = PROJECT) -> Configuration:
    """Reads `environ` over `project/.env`. Raises Problem for a value that cannot be meant."""
    values = without_blanks(read_assignments(project / ".env")) | without_blanks(environ)
    refuse_what_cannot_be_meant(values)
    return Configuration(
        values=values,
        var_dir=(project / values.get("VAR_DIR", "var")).absolute(),
        host=values.get("HOST", "127.0.0.1"),
        port=_number(values, "PORT", default=8000, highest=65535),
        web_processes=_number(values, "WEB_PROCESSES", default=1, highest=64),
        lister_processes=_number(values, "LISTER_PROCESSES", default=1, highest=64),
    )


def without_blanks(environ: Mapping[str, str]) -> dict[str, str]:
    """What is set in `environ`: a blank means that it isn't."""
    return {name: value for name, value in environ.items() if value.strip()}


def prepare_var_dir(configuration: Configuration) -> None:
    """Makes VAR_DIR with its rooms. Raises Problem when it cannot be written or the disk is full."""
    var_dir = configuration.var_dir
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        for room in ("log", "run", "tmp", "s3", "s3-state", "beat"):
            # The store's state holds keys in clear.
            (var_dir / room).mkdir(mode=0o700, exist_ok=True)
        probe = var_dir / "run" / ".probe"
        probe.write_text("writable")
        probe.unlink()
        free = shutil.disk_usage(var_dir).free
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Problem(
                f"the disk of {var_dir} is full; make room or set VAR_DIR to another disk."
            ) from None
        raise Problem(
            f"{var_dir} cannot be written ({error.strerror}); set VAR_DIR to a directory that can."
        ) from None
    first_start = not (var_dir / "secrets.env").exists()
    if first_start and free < NEEDED_BYTES:
        raise Problem(
            f"only {free // 1_000_000} MB are free on the disk of {var_dir}; the first start needs about "
            f"{NEEDED_BYTES // 1_000_000} MB."
        )


def with_secrets(configuration: Configuration) -> dict[str, str]:
    """The configured values plus the secrets of VAR_DIR/secrets.env, where missing ones are made once."""
    path = configuration.var_dir / "secrets.env"
    kept = read_assignments(path)
    missing = {
        name: secrets.token_hex(length // 2)
        for name, length in GENERATED_SECRETS.items()
        if name not in kept and name not in configuration.values
    }
    if missing or not path.exists():
        write_assignments(path, kept | missing)
    path.chmod(0o600)
    return {**kept, **missing, **configuration.values}


def is_loopback(host: str) -> bool:
    """Whether `host` is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def hosts_of(configuration: Configuration) -> list[str]:
    """The host names under which the pages may be asked for."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if not is_loopback(configuration.host):
        names += [configuration.host, socket.gethostname(), *_own_addresses()]
    frontend = urlsplit(configuration.values.get("FRONTEND_URL", "")).hostname
    names += [frontend] if frontend else []
    return list(dict.fromkeys(name for name in names if name not in LOOPBACK_OF))


def origins_of(configuration: Configuration) -> list[str]:
    """The origins from which a browser shows our pages, for CORS on the embedded buckets."""
    port = configuration.port
    own = [f"http://{host}:{port}" for host in hosts_of(configuration)]
    frontend = urlsplit(configuration.values.get("FRONTEND_URL", ""))
    if frontend.scheme and frontend.netloc:
        own.append(f"{frontend.scheme}://{frontend.netloc}")
    return list(dict.fromkeys(own))


def _own_addresses() -> list[str]:
    """The address other machines know this one by, where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the system only chooses where it would send from. The address is one of no machine.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [str(probe.getsockname()[0])]


def _number(values: Mapping[str, str], name: str, *, default: int, highest: int) -> int:
    text = values.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise Problem(f"{name} must be a number from 1 to {highest}, not {text!r}.")
    return int(text)
