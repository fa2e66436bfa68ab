"""Keys of accounts, channels and the node are read outside the tables that declare them.

Of contracts tests/gateway/contracts/test_every_key.py proves more: that changing a key changes something.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.settings import account_keys, channel_keys, node_keys, party_keys
from gateway.settings.value_kinds import Table

GATEWAY = Path(account_keys.__file__).parents[1]
TABLES = sorted(
    {
        found for module in (account_keys, channel_keys, node_keys, party_keys) for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Table) and found.__module__ == module.__name__
        and not issubclass(found, node_keys.Listeners)  # its keys are the table of protocols, read as a whole
    },
    key=lambda table: table.__qualname__,
)
READERS = "\n".join(
    path.read_text("utf-8") for path in sorted(GATEWAY.rglob("*.py")) if not path.name.endswith("_keys.py")
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_each_key_is_read(table: type[Table]) -> None:
    """As an attribute, or by its name where a whole table is handed on; money has another unit inside."""
    unread = [
        name for name in table.model_fields
        if not re.search(rf"[.\"\']{name}\b|[.]{name.removesuffix('_yuan')}_hao\b|\b{name}[:=]", READERS)
    ]
    assert unread == []
