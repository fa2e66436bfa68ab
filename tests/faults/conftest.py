"""The daemon as its own tests start it."""

from tests.daemon.conftest import daemon, prepared_state  # noqa: F401
