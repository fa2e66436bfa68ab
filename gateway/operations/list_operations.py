"""Operations on number lists and protection lists: change one by a stream of lines, list sizes, MO opt-in of a code.

The lines are CSV of `list_store.CSV_COLUMNS`, the customers one JSON document: more than a request may hold.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Annotated, Final, Literal

import asyncpg
from pydantic import Field, PrivateAttr, StringConstraints, TypeAdapter, ValidationError

from gateway.contracts.protection import Protected
from gateway.domain.list_entry import ListKind
from gateway.operations.field_kinds import LIST_MAX, STORABLE, Moment, NothingAsked, OperationAnswer, OperationRequest
from gateway.operations.operation import AnyOperation, Change, Needs, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import InvalidRequest, OperationRefused
from gateway.store.facts.list_store import Action, Done, ListOrder, carry_out, set_optin
from gateway.store.facts.protected_store import change_protected
from gateway.store.reader.list_reader import read_optins, read_sets

CUSTOMERS_OCTETS_MAX: Final = 32 << 20
Cell = Annotated[str, StringConstraints(max_length=LIST_MAX)]
Code = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,20}$"), Field(description="A service code. 接入码。")
]
Verb = Literal["add", "remove", "replace"]
Scope = Annotated[str, StringConstraints(max_length=200), STORABLE]
Source = Annotated[str, StringConstraints(max_length=255), STORABLE]
Digest = Annotated[str, StringConstraints(max_length=64)]


class ListChange(OperationRequest):
    """What is done with the lines; `replace`: afterwards the list holds these and nothing else."""

    list: Annotated[Literal["blacklist", "whitelist", "unsubscribed", "ported", "test"], Field(description="名单。")]
    action: Verb
    scope: Annotated[Scope, Field(description="Whose list it is; empty: everybody's. 范围。")] = ""
    source: Annotated[Source, Field(description="The file's name. 来源。")] = ""
    sha256: Digest = ""
    dry_run: Annotated[bool, Field(description="Only count. 试算。")] = False


class ProtectedChange(OperationRequest):
    """What is done with the customers."""

    action: Verb
    source: Source = ""
    sha256: Digest = ""
    dry_run: bool = False


class OptIn(OperationRequest):
    """Only subscribers by MO since then may be written to under a code; none: the client's own whitelist again."""

    code: Code
    since: Annotated[Moment | None, Field(description="Unix seconds. 起始时间。")] = None


class ListChanged(OperationAnswer):
    """What the lines changed. `version` is 0 where nothing was; `renewed` are listed numbers with new evidence."""

    list: str
    scope: str
    action: str
    dry_run: bool
    version: int
    lines: int
    added: int
    renewed: int
    removed: int
    _done: Done = PrivateAttr()  # what a running node puts in force


class OptInSet(OperationAnswer):
    """The regime of a code."""

    code: str
    mo_optin: bool
    since: float | None


class LiveSize(OperationAnswer):
    """A list and how many numbers it has; `since` of a code under MO opt-in."""

    list: str
    scope: str
    numbers: int | None = None
    octets: int | None = None
    since: float | None = None


class ListSizes(OperationAnswer):
    """Every list, and the codes under MO opt-in."""

    lists: tuple[LiveSize, ...]


async def change_list(context: OperationContext, asked: ListChange) -> ListChanged:
    """Add, remove or replace numbers (S4-A2-2)."""
    if context.node is not None:
        await context.hold(context.node.lists.one_at_a_time)
    order = ListOrder(
        ListKind[asked.list.upper()], asked.scope, Action(asked.action), context.actor, asked.source,
        int(context.now * 1000), asked.sha256, asked.dry_run,
    )
    try:
        done = await carry_out(context.connection, order, context.stream)
    except asyncpg.DataError as error:
        raise OperationRefused(f"the lines cannot be read: {error}") from None
    return _changed(order, done, asked.list)


async def _apply_list(context: OperationContext, asked: ListChange, answer: ListChanged) -> ListChanged:
    assert context.node is not None
    await context.node.lists.apply(context.connection, ListKind[asked.list.upper()], answer._done)
    return answer


async def change_protected_list(context: OperationContext, asked: ProtectedChange) -> ListChanged:
    """Add, remove or replace customers (S0-5.6)."""
    customers = await _customers(context.stream)
    order = ListOrder(
        ListKind.BLACKLIST, "", Action(asked.action), context.actor, asked.source, int(context.now * 1000),
        asked.sha256, asked.dry_run,
    )
    return _changed(order, await change_protected(context.connection, order, customers), "protected")


async def _apply_protected(context: OperationContext, _: ProtectedChange, answer: ListChanged) -> ListChanged:
    assert context.node is not None
    await context.node.protection.apply(context.connection, has_more=bool(answer.added))
    return answer


def _changed(order: ListOrder, done: Done, word: str) -> ListChanged:
    answer = ListChanged(
        list=word, scope=order.scope, action=order.action.value, dry_run=order.is_dry, version=done.version,
        lines=done.lines, added=done.added, renewed=done.renewed, removed=done.removed,
    )
    answer._done = done
    return answer


_CUSTOMERS: Final = TypeAdapter(dict[Literal["customers"], list[tuple[Cell, Cell, Cell, Cell]]])


async def _customers(stream: AsyncIterable[bytes]) -> list[Protected]:
    """Read {"customers": [[province, name, credit code, signature], …]}."""
    octets = bytearray()
    async for chunk in stream:
        octets += chunk
        if len(octets) > CUSTOMERS_OCTETS_MAX:
            raise OperationRefused(f"more than {CUSTOMERS_OCTETS_MAX} octets")
    try:
        found = _CUSTOMERS.validate_json(bytes(octets))
    except ValidationError as error:
        raise InvalidRequest.of(error) from None
    return [Protected(*row) for row in found.get("customers", ())]


async def set_opt_in(context: OperationContext, asked: OptIn) -> OptInSet:
    """Begin or end MO opt-in of a code (S4-A3-3(3))."""
    if context.node is not None:
        await context.hold(context.node.lists.one_at_a_time)
    since_ms = None if asked.since is None else int(asked.since * 1000)
    await set_optin(context.connection, asked.code, since_ms, int(context.now * 1000))
    return OptInSet(code=asked.code, mo_optin=asked.since is not None, since=asked.since)


async def _apply_opt_in(context: OperationContext, asked: OptIn, answer: OptInSet) -> OptInSet:
    assert context.node is not None
    if asked.since is None:
        context.node.lists.apply_end(asked.code)
    else:
        await context.node.lists.apply_subscribers(context.connection, asked.code, asked.since)
    return answer


async def show_sizes(context: OperationContext, _: NothingAsked) -> ListSizes:
    if context.node is not None:
        return ListSizes(lists=tuple(context.node.lists.sizes()))
    sets, optins = await read_sets(context.connection), await read_optins(context.connection)
    found = [
        LiveSize(list=kind.word, scope=scope, numbers=len(numbers))
        for (kind, scope), numbers in sorted(sets.items(), key=lambda item: item[0])
        if len(numbers)
    ]
    found += [LiveSize(list="mo-optin", scope=f"code:{code}", since=since) for code, since in optins.items()]
    return ListSizes(lists=tuple(found))


def _has_effect(asked: ListChange | ProtectedChange) -> bool:
    return not asked.dry_run


CHANGE_LIST: Final = Operation(
    "lists.change", ("Change a number list by a stream of lines.", "按行流变更号码名单。"), ListChange, ListChanged,
    change_list, Change.STORE, _apply_list, needs=Needs.OWN_CONNECTION, is_change=_has_effect, reads_stream=True,
    subject="list", example={"list": "blacklist", "action": "add", "source": "numbers.csv"},
)
CHANGE_PROTECTED: Final = Operation(
    "lists.change-protected", ("Change the protection lists by a stream.", "按流变更保护清单。"), ProtectedChange,
    ListChanged, change_protected_list, Change.STORE, _apply_protected, needs=Needs.OWN_CONNECTION,
    is_change=_has_effect, reads_stream=True, example={"action": "replace", "source": "protected.csv"},
)
SET_OPT_IN: Final = Operation(
    "lists.mo-optin",
    ("Only subscribers by MO may be written to under a code, or no longer.", "设定或结束接入码的上行定制。"),
    OptIn, OptInSet, set_opt_in, Change.STORE, _apply_opt_in, needs=Needs.OWN_CONNECTION, subject="code",
    example={"code": "10690001", "since": 1_772_400_000.0},
)
SHOW_SIZES: Final = Operation(
    "lists.list", ("Every list with its size.", "全部名单及其数量。"), NothingAsked, ListSizes, show_sizes,
    needs=Needs.STORE_OFFLINE,
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (CHANGE_LIST, CHANGE_PROTECTED, SET_OPT_IN, SHOW_SIZES)
