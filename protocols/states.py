"""Who may send what in which state: a table of rules, asked through two sets.

                 bind sent/received        answered OK
    ┌──────┐ ───────────────────► ┌─────────┐ ────────► ┌──────────────────────────────┐
    │ OPEN │                      │ BINDING │           │ BOUND_TX │ BOUND_RX │ BOUND_TRX │
    └──────┘ ◄─────────────────── └─────────┘           └──────────────────────────────┘
                refused (acceptor)                         │ unbind sent or received
                                                           ▼
    any state ── end, fault, deadline ──► CLOSED ◄──── UNBINDING

Binding, unbinding and keepalives are the engine's own and in no table; a rule is for traffic. The rules do not know
which side we are: they name the sender, and both sides obey the same ones. While UNBINDING the peer may still send
what it might before; we send nothing but answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final


class State(Enum):
    """Where a session stands; TX, RX, TRX as the initiator sees it. CMPP only has TRX."""

    OPEN = "open"
    BINDING = "binding"
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBINDING = "unbinding"
    CLOSED = "closed"


class Role(Enum):
    """The two sides: who opens the connection and binds (ESME, SP), and who is bound to (SMSC, ISMG)."""

    INITIATOR = "initiator"
    ACCEPTOR = "acceptor"


CLOSED: Final = State.CLOSED
UNBINDING: Final = State.UNBINDING
"""For what runs at each PDU: a plain name is read ten times as fast as an attribute of an Enum."""
BOUND: Final = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})


@dataclass(frozen=True, slots=True)
class Rule:
    """`sender` (None: either side) may send the request `command_id` in `states`."""

    command_id: int
    sender: Role | None
    states: frozenset[State]


@dataclass(frozen=True, slots=True)
class Permissions:
    """The request commands that may go out and come in."""

    sends: frozenset[int]
    accepts: frozenset[int]


@cache
def permissions(rules: tuple[Rule, ...], role: Role, state: State) -> Permissions:
    """What `role` may send and must accept in `state`."""
    live = [rule for rule in rules if state in rule.states]
    return Permissions(
        sends=frozenset(rule.command_id for rule in live if rule.sender in (role, None)),
        accepts=frozenset(rule.command_id for rule in live if rule.sender is not role),
    )
