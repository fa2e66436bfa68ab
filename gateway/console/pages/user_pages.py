"""People who sign in, for operators: list, create, shut out, let in, give a fresh password, take a lost factor away."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.domain.user import AUDITOR, OPERATOR, ROLES
from gateway.operations.operation import Operation
from gateway.operations.operation_errors import OperationError
from gateway.operations.user_operations import (
    CREATE,
    DISABLE,
    ENABLE,
    LIST,
    RESET_PASSWORD,
    RESET_SECOND_FACTOR,
    UserWithPassword,
)

PATH: Final = "/users"
_ACTS: Final[dict[str, Operation[Any, Any]]] = {
    "disable": DISABLE, "enable": ENABLE, "reset_password": RESET_PASSWORD, "reset_factor": RESET_SECOND_FACTOR,
}


async def show(context: PageContext) -> web.StreamResponse:
    return await _list(context)


async def create(context: PageContext) -> web.StreamResponse:
    """Create a person; his first password stands on this page and nowhere else."""
    values = {name: await context.form_text(name) for name in ("user", "role", "account")}
    try:
        made = await context.ask(CREATE, values)
    except OperationError as error:
        return await _list(context, fault=context.sentence(str(error)), values=values, status=422)
    return await _list(context, made=made)


async def act(context: PageContext) -> web.StreamResponse:
    operation = _ACTS.get(context.parts["act"])
    if operation is None:
        raise web.HTTPNotFound
    name = await context.form_text("user")
    try:
        answer = await context.ask(operation, {"user": name})
    except OperationError as error:
        return await _list(context, fault=context.sentence(str(error)), status=422)
    if isinstance(answer, UserWithPassword):
        return await _list(context, made=answer)
    return context.redirect(PATH, "user_pages.done", user=name)


async def _list(
    context: PageContext, *, made: UserWithPassword | None = None, fault: str = "",
    values: dict[str, str] | None = None, status: int = 200,
) -> web.Response:
    found = await context.ask(LIST, {})
    return context.render(
        "user_pages/users.html", status=status, users=found.users, made=made, fault=fault, roles=ROLES,
        values=values or dict.fromkeys(("user", "role", "account"), ""), accounts=sorted(context.settings.accounts),
        may_change=context.user.role == OPERATOR, acts=tuple(_ACTS),
    )


PAGES: Final = (
    Page(PATH, (OPERATOR, AUDITOR), show, menu="user_pages.menu"),
    Page(PATH, (OPERATOR,), create, ("POST",)),
    Page(f"{PATH}/{{act}}", (OPERATOR,), act, ("POST",)),
)
