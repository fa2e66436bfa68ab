"""The houses of the daemon's own tests."""

from tests.daemon.conftest import house, made_house  # noqa: F401
