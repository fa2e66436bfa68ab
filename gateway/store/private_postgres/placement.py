"""Where a private PostgreSQL lives and as whom: its folder, its socket's folder, its user.

    STATE/postgres/data     the cluster          (STATE/postgres is a link where the server's user cannot reach STATE)
    STATE/postgres/run      the socket           (a short folder elsewhere where its path would be too long)
    STATE/postgres.lock     held by the gateway that uses it

PostgreSQL refuses to run as root: then it runs as the owner of an existing cluster, else as `postgres` or `nobody`.
No mode of a folder that we did not make is changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gateway.store.private_postgres.binaries import EmbeddedError

SOCKET_NAME = ".s.PGSQL.5432"
_SUN_PATH_MAX = 107  # octets of sockaddr_un.sun_path, less its final zero
_UNPRIVILEGED = ("postgres", "nobody")
_ROOTS = (Path("/var/lib/hongyan"), Path("/var/tmp/hongyan"))  # clusters that cannot live under the state folder
_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Placement:
    """Real paths of one cluster, and the user of its processes."""

    home: Path
    socket_dir: Path
    uid: int
    gid: int

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    @property
    def socket(self) -> Path:
        return self.socket_dir / SOCKET_NAME


def lock(state_dir: Path) -> int:
    """Take the state folder for this process and return the lock's descriptor; the kernel frees it when we end."""
    path = state_dir / "postgres.lock"
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise EmbeddedError(f"{path}: {error.strerror}; the state folder must be writable for this user") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise EmbeddedError(f"{state_dir} is in use by another gateway (process {owner})") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def place(state_dir: Path) -> Placement:
    """Return where the cluster is or will be, with its folders made; call it under the lock."""
    link = state_dir.absolute() / "postgres"
    if link.exists():
        home = link.resolve()
        uid, gid = _server_user(home)
        _own(home, uid, gid)  # a start that was cut short may have left it to root
    elif link.is_symlink():
        raise EmbeddedError(f"{link} points to {link.readlink()}, which is gone: bring it back, or remove the link")
    else:
        uid, gid = _server_user(None)
        home = _make_home(link, uid, gid)
    return Placement(home, _socket_dir(home, uid, gid), uid, gid)


def is_reachable(path: Path, uid: int, gid: int) -> bool:
    """Tell whether a user in one group can pass every folder down to `path` and read it there."""
    for folder in (path, *path.parents):
        status = folder.stat()
        shift = 6 if status.st_uid == uid else 3 if status.st_gid == gid else 0
        wanted = 0o5 if folder == path else 0o1
        if status.st_mode >> shift & wanted != wanted:
            return False
    return True


def _server_user(home: Path | None) -> tuple[int, int]:
    if os.geteuid() != 0:
        if home is not None and home.stat().st_uid != os.geteuid():
            raise EmbeddedError(
                f"{home} belongs to user {home.stat().st_uid}: run the gateway as the user that made it (or as root)"
            )
        return os.geteuid(), os.getegid()
    if home is not None and home.stat().st_uid != 0:
        return home.stat().st_uid, home.stat().st_gid
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:  # no such user here
            continue
        return entry.pw_uid, entry.pw_gid
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")


def _make_home(link: Path, uid: int, gid: int) -> Path:
    if os.geteuid() != 0 or is_reachable(link.parent.resolve(), uid, gid):
        link.mkdir(mode=_PRIVATE)
        home = link.resolve()
    else:
        home = _home_elsewhere(link, uid, gid)
    _own(home, uid, gid)
    return home


def _home_elsewhere(link: Path, uid: int, gid: int) -> Path:
    for root in _ROOTS:
        try:
            root.mkdir(mode=0o755, exist_ok=True)
        except OSError:  # a read-only or missing parent: the next root may do
            continue
        if root.lstat().st_uid == os.geteuid() and is_reachable(root, uid, gid):
            home = Path(tempfile.mkdtemp(prefix="postgres-", dir=root))
            link.symlink_to(home)
            return home
    raise EmbeddedError(f"{link.parent} cannot be reached by user {uid}, as whom PostgreSQL would run; move it")


def _socket_dir(home: Path, uid: int, gid: int) -> Path:
    name = f"hongyan-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    choices = [home / "run"]
    if runtime and Path(runtime).is_dir() and is_reachable(Path(runtime).resolve(), uid, gid):
        choices.append(Path(runtime) / name)
    choices.append(Path("/tmp") / name)  # not tempfile.gettempdir(): TMPDIR may be long too
    for folder in choices:
        if len(os.fsencode(folder / SOCKET_NAME)) <= _SUN_PATH_MAX and _is_private(folder, uid, gid):
            return folder
    raise EmbeddedError(f"no private folder for the socket: {', '.join(map(str, choices))} are too long or not ours")


def _is_private(folder: Path, uid: int, gid: int) -> bool:
    """Make the folder for the server's user alone; False where somebody else holds the name."""
    try:
        folder.mkdir(mode=_PRIVATE)
    except FileExistsError:
        status = folder.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == uid and not status.st_mode & 0o077
    except OSError:
        return False
    _own(folder, uid, gid)
    return True


def _own(folder: Path, uid: int, gid: int) -> None:
    if os.geteuid() == 0:
        os.chown(folder, uid, gid, follow_symlinks=False)
