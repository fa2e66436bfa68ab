"""Every operation of the desk by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.operations import (
    disclosure_operations,
    reconcile_operations,
    service_fault_operations,
    service_operations,
    statement_operations,
    task_operations,
)
from gateway.operations.desk import Operation

OPERATIONS: Final[Mapping[str, Operation]] = {
    **task_operations.OPERATIONS,
    **statement_operations.OPERATIONS,
    **reconcile_operations.OPERATIONS,
    **disclosure_operations.OPERATIONS,
    **service_operations.OPERATIONS,
    **service_fault_operations.OPERATIONS,
}
