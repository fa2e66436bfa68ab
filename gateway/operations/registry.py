"""Every operation by its name: each module of this package that has `OPERATIONS` adds its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from gateway import operations
from gateway.operations.operation import AnyOperation, Operation


def all_operations() -> Mapping[str, AnyOperation]:
    """Return the operations in the order of their names; raises ValueError where two have the same."""
    found: dict[str, AnyOperation] = {}
    for module in pkgutil.iter_modules(operations.__path__):
        for operation in getattr(importlib.import_module(f"{operations.__name__}.{module.name}"), "OPERATIONS", ()):
            if not isinstance(operation, Operation):
                continue
            if operation.name in found:
                raise ValueError(f"two operations are called {operation.name}")
            found[operation.name] = operation
    return dict(sorted(found.items()))
