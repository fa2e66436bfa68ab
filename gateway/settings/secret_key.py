"""The key of secrets at rest: 32 octets in `secret.key` of the state folder, made at the first start.

Whoever reads it and the database reads the secrets, so its mode is 0600. Nodes and consoles on one database need the
same file: copy it before the second one starts.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from gateway.domain.secret_box import KEY_OCTETS, SecretBox

FILE_NAME: Final = "secret.key"


def open_secret_box(state_dir: Path) -> SecretBox:
    """Return the box; make the key where there is none. Raises OSError, and ValueError for a file that is no key."""
    path = state_dir / FILE_NAME
    state_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = state_dir / f".{FILE_NAME}.{os.getpid()}"
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(os.urandom(KEY_OCTETS))
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # never over the key of another process that was first
            os.link(fresh, path)
        fresh.unlink()
    return SecretBox(path.read_bytes())
