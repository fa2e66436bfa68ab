"""Whether a node runs on a database: it holds a lock there as long as its writer's connection lives.

Each node shares one advisory lock; a command that changes what a node must know of takes it alone, so that none runs
and none starts meanwhile. The lock costs a running node one statement a connection, and its messages nothing. It ends
with the connection: at once after `kill -9`, and by KEEPALIVE where the node's machine is gone without a word.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

NODE_LOCK: Final = 0x4E6F6465  # "Node"
APPLICATION: Final = "hongyan node"
KEEPALIVE: Final = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}

_SHARE: Final = "SELECT pg_advisory_lock_shared($1)"
_TAKE: Final = "SELECT pg_try_advisory_lock($1)"
_HOLDERS: Final = """
SELECT a.application_name, coalesce(host(a.client_addr), '') AS address FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ShareLock' AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = 0 AND l.objid = $1::bigint::oid
ORDER BY a.application_name
"""


async def connect_as_node(
    connect: Callable[[dict[str, str]], Awaitable[asyncpg.Connection]], number: int, *, timeout_s: float
) -> asyncpg.Connection:
    """Open a node's connection, given the settings of its session. TimeoutError: a command holds the lock."""
    connection = await connect({"application_name": f"{APPLICATION} {number}", **KEEPALIVE})
    try:
        await connection.execute(_SHARE, NODE_LOCK, timeout=timeout_s)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def keep_nodes_out(connection: asyncpg.Connection) -> list[str]:
    """Hold the lock alone until this connection closes; return the nodes that run instead, if any do."""
    if await connection.fetchval(_TAKE, NODE_LOCK):
        return []
    return await running_nodes(connection) or ["another command"]


async def running_nodes(connection: asyncpg.Connection) -> list[str]:
    """Return the nodes that run on the database, each with the address it comes from."""
    rows = await connection.fetch(_HOLDERS, NODE_LOCK)
    return [row["application_name"].removeprefix("hongyan ") + _from(row["address"]) for row in rows]


def _from(address: str) -> str:
    return f" at {address}" if address else " on this machine"
