"""The PostgreSQL of the store's tests, for operations that are tried over both stores."""

from __future__ import annotations

from tests.store.conftest import server

__all__ = ["server"]
