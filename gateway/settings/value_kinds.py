"""Value kinds that several tables share: how a key is declared, paths, secrets, dates, networks.

Paths and secrets are resolved while a table is checked, so that a missing file is a fault of its key. The validation
context carries what that needs: {"directory": Path, "environ": Mapping}.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import date, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationInfo

from protocols.text.codings import Encoding

SECRET_OCTETS_MAX: Final = 4096
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"


class Table(BaseModel):
    """A table of settings: frozen, strict about kinds, no unknown key, no surprise in a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def key(default: object, doc: str, **limits: Any) -> Any:
    """Declare a key: its default (`...`: must be given), a sentence for docs/configuration.md, its limits.

    Any, for it stands for a value of the type that the annotation beside it says.
    """
    return Field(default, description=doc, **limits)


def table(kind: type[Table], doc: str) -> Any:
    """Declare a table that may be left out: all its keys then have their defaults."""
    return Field(default_factory=kind, description=doc)


def as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def as_set(value: object) -> object:
    return frozenset(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


def named_in(*tables: Collection[str]) -> AfterValidator:
    """Let a text be a key of tables, or one of several names, as they are when a file is read."""

    def check(name: str) -> str:
        if not any(name in table for table in tables):
            *first, last = [repr(each) for table in tables for each in table]
            raise ValueError(f"must be {', '.join(first)} or {last}" if first else f"must be {last}")
        return name

    return AfterValidator(check)


def _network(value: object) -> object:
    return ip_network(value) if isinstance(value, str) else value


def _iso_date(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value and date.fromisoformat(value).isoformat()
    return value


# --- files and secrets -------------------------------------------------------------------------------------------


def _context(info: ValidationInfo) -> tuple[Path, Mapping[str, str]]:
    context = info.context or {}
    return context.get("directory", Path()), context.get("environ", os.environ)


def _path(value: object, info: ValidationInfo) -> object:
    """Return an absolute path; a relative one starts at the configuration directory."""
    if not isinstance(value, str):
        return value
    if not value or "\0" in value:
        raise ValueError("this is no path")
    return Path(os.path.normpath(_context(info)[0].absolute() / value))


def _file(value: object, info: ValidationInfo) -> object:
    path = _path(value, info)
    if isinstance(path, Path):
        _must_be_file(path)
    return path


def _must_be_file(path: Path) -> None:
    """Raise ValueError for anything but a plain file: reading a pipe or a device could wait for ever."""
    try:
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
    except OSError as error:  # a folder we may not enter, a name too long
        raise ValueError(f"cannot reach {path}: {error.strerror}") from None


def _read_secret(path: Path) -> str:
    _must_be_file(path)
    try:
        with path.open("rb") as file:
            octets = file.read(SECRET_OCTETS_MAX + 1)
        text = octets.decode().rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"cannot read the secret in {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"the secret in {path} is not text in UTF-8") from None
    if not text or len(octets) > SECRET_OCTETS_MAX:
        raise ValueError(f"the secret in {path} is {'too long' if text else 'empty'}")
    return text


def _secret_file(value: object, info: ValidationInfo) -> object:
    path = _path(value, info)
    return _read_secret(path) if isinstance(path, Path) else value


def _secret_credential(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    folder = _context(info)[1].get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise ValueError("systemd gave no credentials: CREDENTIALS_DIRECTORY is not set (LoadCredential= in the unit)")
    if not value or "/" in value or "\0" in value or value in (".", ".."):
        raise ValueError("this is no name of a credential")
    return _read_secret(Path(folder) / value)


Words = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
WordSet = Annotated[frozenset[str], BeforeValidator(as_set)]
AnyEncoding = Annotated[Encoding, Strict(False)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(as_tuple)]
IsoDate = Annotated[str, BeforeValidator(_iso_date)]
Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s\x00/]+$")]
TcpPort = Annotated[int, Field(ge=1, le=65535)]
ListenTcpPort = Annotated[int, Field(ge=0, le=65535)]
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
SettingsPath = Annotated[Path, BeforeValidator(_path)]
ExistingFile = Annotated[Path, BeforeValidator(_file)]
SecretFile = Annotated[str, BeforeValidator(_secret_file)]
SecretCredential = Annotated[str, BeforeValidator(_secret_credential)]


class WithPassword(Table):
    """A table that holds a password: in the file itself, in another file, or given by systemd; exactly one of them."""

    password: str | None = key(
        None, "shared secret; in the file only for a local trial", min_length=1, max_length=64, repr=False
    )
    password_file: SecretFile | None = key(None, "file that holds the shared secret", repr=False)
    password_credential: SecretCredential | None = key(
        None, "systemd credential (LoadCredential=) that holds the shared secret", repr=False
    )

    @property
    def secrets(self) -> list[str]:
        """The passwords given; the cross-check sees to it that there is one."""
        return [s for s in (self.password, self.password_file, self.password_credential) if s is not None]
