"""What every test shares: hypothesis profiles and the rule about peers that may be missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gateway import native

settings.register_profile("dev", max_examples=60, deadline=None)
settings.register_profile(
    "ci", max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", max_examples=5_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Tests run the sources, unless they are told to prove the compiled modules. The simulator's slow journal inherits from
# a class of the store, which a compiled one does not allow; processes that tests start are compiled as a whole.
if os.environ.get(native.SWITCH) == "1" and not native.use(but="gateway.store"):
    raise RuntimeError("nothing is compiled, or other sources than these: make native")


@pytest.fixture(scope="session")
def foreign() -> Callable[[object, str], None]:
    """Call with what was found of a peer and its name: a missing one skips, or fails where CI promised it."""

    def require(found: object, name: str) -> None:
        if not found and os.environ.get("HONGYAN_FOREIGN") == "1":
            pytest.fail(f"{name} is missing, and HONGYAN_FOREIGN=1 promises it")
        if not found:
            pytest.skip(f"{name} is not installed; .ci/run installs it")

    return require


@pytest.fixture(scope="session", autouse=True)
def _clusters_end_with_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remove the private databases of this run: as root they lie outside of pytest's folders, which are its own alone.

    Some fifty megabytes each; nothing else would ever remove them.
    """
    yield
    for folder, below, _ in os.walk(tmp_path_factory.getbasetemp()):
        if "postgres" in below and (link := Path(folder, "postgres")).is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
