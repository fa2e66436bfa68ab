"""Compiles the road of messages with mypyc. Needs a C compiler, Python's headers, mypy and setuptools.

The sources are copied to a place of their own, compiled there, and the result is put into `gateway/_native` at once
with its manifest, so that a process never sees half of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Final

from gateway.native import HOME, MANIFEST, ROOT, compiled_modules, digest, sources

MYPY: Final = ("--python-version", "3.11", "--ignore-missing-imports", "--follow-imports=silent")
BUILD_TIMEOUT_S: Final = 1800.0  # it takes two minutes on two processors
# Runs in the copy. Files are independent once they are C, so as many are compiled at a time as there are processors.
SCRIPT: Final = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from setuptools import setup
from setuptools.command.build_ext import build_ext
from mypyc.build import mypycify

class Side(build_ext):
    def build_extensions(self):
        one_by_one = self.compiler.compile
        def together(sources, **keys):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                return [made for found in pool.map(lambda it: one_by_one([it], **keys), sources) for made in found]
        self.compiler.compile = together
        super().build_extensions()

arguments = sys.argv[1:]
sys.argv[1:] = ["-q", "build_ext", "--build-lib", "made"]
setup(
    name="hongyan-native", packages=[], cmdclass={"build_ext": Side},
    ext_modules=mypycify(arguments, opt_level="2", debug_level="0", multi_file=True),
)
"""


def missing() -> str:
    """Return what cannot be found of what compiling needs; empty when all is there."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if not any(shutil.which(name) for name in (os.environ.get("CC", compiler), compiler)):
        return f"a C compiler ({compiler})"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "Python's headers (Python.h)"
    for module in ("mypyc", "setuptools"):
        if subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            return f"the package {module}"
    return ""


def build() -> str:
    """Compile; return what went wrong, or nothing."""
    with tempfile.TemporaryDirectory(prefix="hongyan-native-") as folder:
        work = Path(folder)
        for package in ("gateway", "protocols"):
            shutil.copytree(
                ROOT / package, work / package, ignore=shutil.ignore_patterns("__pycache__", "_native", "*.so")
            )
        made_of = digest(work)
        files = [file.relative_to(work).as_posix() for file in sources(work)]
        try:
            done = subprocess.run(
                [sys.executable, "-c", SCRIPT, *MYPY, *files], cwd=work, capture_output=True, text=True, check=False,
                env=os.environ | {"MYPY_CACHE_DIR": str(work / "cache")}, timeout=BUILD_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            return f"it was not done after {BUILD_TIMEOUT_S:.0f} seconds"
        if done.returncode:
            return "\n".join([*done.stdout.splitlines()[-20:], *done.stderr.splitlines()[-20:]])
        modules = {
            ".".join(file.relative_to(work / "made").with_name(file.name.split(".")[0]).parts):
                file.relative_to(work / "made").as_posix()
            for file in sorted((work / "made").rglob("*.so"))
        }
        manifest = {"digest": made_of, "modules": modules}
        (work / "made" / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        _put(work / "made")
    return ""


def _put(made: Path) -> None:
    """Put what was made in the place of what was there."""
    fresh = HOME.with_name("_native.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(made, fresh)
    shutil.rmtree(HOME, ignore_errors=True)
    fresh.rename(HOME)


def main() -> int:
    """Compile if that is needed and can be; exit code 1 when it was tried and failed."""
    if compiled_modules() is not None:
        return 0
    lacks = missing()
    if lacks:
        print(f"not compiled, the sources run as they are: {lacks} is not here", file=sys.stderr)
        return 0
    print("compiling the road of messages (a few minutes, once)", file=sys.stderr)
    problem = build()
    if problem:
        print(f"not compiled, the sources run as they are:\n{problem}", file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
