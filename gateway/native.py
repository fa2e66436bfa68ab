"""The road of messages as machine code: the same sources, compiled ahead, and when that may stand for them.

`python -m gateway.native_build` compiles the modules of COMPILED into `gateway/_native`.
`use()`, the first thing a process does, makes Python import them from there, if they were made of just the sources
that lie here, by just this Python. Otherwise, and in tests, the sources run as they are: slower, and the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
HOME: Final = ROOT / "gateway" / "_native"
MANIFEST: Final = "manifest.json"
SWITCH: Final = "HONGYAN_NATIVE"  # 0: run the sources; 1: tests run the compiled modules too

# What every message walks through, and the simulator, which has to keep up with it. Files or whole packages.
COMPILED: Final = (
    "protocols", "gateway/domain", "gateway/content", "gateway/ledger", "gateway/pipeline", "gateway/dialects",
    "gateway/flows", "gateway/transport", "gateway/simulator",
    "gateway/contracts/billing.py", "gateway/contracts/protection.py", "gateway/contracts/window.py",
    "gateway/store/journal/batch.py", "gateway/store/journal/copying.py", "gateway/store/journal/gathering.py",
    "gateway/store/journal/journal.py", "gateway/store/journal/rows.py",
)
# What stays as it is, and why (an __init__ compiled for an enum refuses its members: they are not yet of that class).
LEFT: Final = frozenset({
    "gateway/domain/reject_keys.py",  # an enum with an __init__
    "gateway/domain/company.py",  # pydantic reads and writes it, by what compiled classes do not have
    "gateway/dialects/dialect_interfaces.py", "protocols/any_pdu.py",  # any class may be what they describe
    "gateway/pipeline/stages/join.py", "protocols/fields.py",  # dataclasses that are generic…
    "protocols/kinds.py",  # …or abstract: those are no native classes, and compiled ones must be
    "gateway/transport/listener.py",  # uvloop's servers keep a list where asyncio's have the tuple that is checked for
    "protocols/smpp/destinations.py",  # its classes' annotations are read, of which compiled ones keep none
    "gateway/simulator/pipes.py",  # tests inherit from its network
    "protocols/codegen.py", "protocols/generate.py",  # run by `make pages` alone
})


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files that are compiled, in a fixed order."""
    for place in COMPILED:
        path = root / place
        for file in [path] if path.suffix else sorted(path.rglob("*.py")):
            if file.name != "__init__.py" and file.relative_to(root).as_posix() not in LEFT:
                yield file


def digest(root: Path = ROOT) -> str:
    """Return what tells these sources, on this Python, from any others."""
    seen = hashlib.sha256(EXTENSION_SUFFIXES[0].encode())
    for file in sources(root):
        seen.update(f"\0{file.relative_to(root)}\0".encode())
        seen.update(file.read_bytes())
    return seen.hexdigest()


class _Finder(MetaPathFinder):
    """Finds the compiled modules by name."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        place = self._modules.get(fullname)
        if place is None:
            return None
        file = str(HOME / place)
        return spec_from_file_location(fullname, file, loader=ExtensionFileLoader(fullname, file))


def compiled_modules() -> Mapping[str, str] | None:
    """Return the compiled modules and their places; None where there are none, or none of these sources."""
    try:
        manifest = json.loads((HOME / MANIFEST).read_text(encoding="utf-8"))
        modules: Mapping[str, str] = manifest["modules"]
        return modules if manifest["digest"] == digest() else None
    except (OSError, ValueError, KeyError):
        return None


def use(*, but: str = "") -> bool:
    """Import the compiled modules from here on; False where the sources must do, or are to.

    `but` names a package that stays as it is (for tests that inherit from its classes).
    """
    modules = None if os.environ.get(SWITCH) == "0" else compiled_modules()
    if modules is None:
        return False
    taken = {name: place for name, place in modules.items() if not but or not name.startswith(but)}
    sys.meta_path.insert(0, _Finder(taken))
    return True


def form() -> str:
    """Return in which form this process runs: compiled, or interpreted."""
    return "compiled" if any(isinstance(finder, _Finder) for finder in sys.meta_path) else "interpreted"
