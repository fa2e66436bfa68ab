"""What every test shares: hypothesis profiles and the rule about peers that may be missing."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=60, deadline=None)
settings.register_profile(
    "ci", max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", max_examples=5_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def foreign() -> Callable[[object, str], None]:
    """Call with what was found of a peer and its name: a missing one skips, or fails where CI promised it."""

    def require(found: object, name: str) -> None:
        if not found and os.environ.get("HONGYAN_FOREIGN") == "1":
            pytest.fail(f"{name} is missing, and HONGYAN_FOREIGN=1 promises it")
        if not found:
            pytest.skip(f"{name} is not installed; .ci/run installs it")

    return require
