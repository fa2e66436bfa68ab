"""Finance: letters to clients: written by a form, looked at as a draft, issued under a number, kept."""

from __future__ import annotations

import datetime as dt
from typing import Final

from aiohttp import web

from gateway.console.act_forms import Filled, FormAct, FormField
from gateway.console.downloads import attachment
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.documents.letter_forms import LETTERS, LetterError, LetterForm
from gateway.domain.china_time import day_of
from gateway.domain.user import AUDITOR, COMPLIANCE, FINANCE, SERVICE
from gateway.operations.document_operations import ISSUE_LETTER
from gateway.operations.operation_errors import InvalidRequest, OperationRefused
from gateway.queries.configured import account_named
from gateway.queries.letter_values import known_values
from gateway.queries.letters import draft_letter_file, letter_file, list_letters

WRITERS: Final = (FINANCE, SERVICE, COMPLIANCE)
READERS: Final = (*WRITERS, AUDITOR)
PATH: Final = "/finance/letters"
ANSWER_BY: Final = "answer_by"
_INPUTS: Final = {"text": "long", "day": "day"}  # a form's fields by their kind; all else is a line of text


async def show_letters(context: PageContext) -> web.StreamResponse:
    account = context.query.get("account", "")
    if account:
        account_named(context.settings, account)
    async with context.reading() as connection:
        found = await list_letters(connection, account)
    return context.render(
        "finance/letters.html", letters=found, of=account, accounts=sorted(context.settings.accounts),
        kinds={kind: form.title for kind, form in LETTERS.items()}, may_write=context.user.role in WRITERS,
    )


async def new_letter(context: PageContext) -> web.StreamResponse:
    if not context.query.get("kind"):
        return context.redirect(PATH)
    kind, form = _form(context.query["kind"])
    account = account_named(context.settings, context.query.get("account", "")).name
    names = (*(field.name for field in form.fields), ANSWER_BY)
    async with context.reading() as connection:
        known = await known_values(connection, context.settings, account, kind, context.now)
    typed = {name: context.query.get(name, "").replace(",", "") or known.get(name, "") for name in names}
    return _page(context, account, kind, form, Filled(kind, typed))


def _form(kind: str) -> tuple[str, LetterForm]:
    if kind not in LETTERS:
        raise web.HTTPNotFound
    return kind, LETTERS[kind]


def _page(
    context: PageContext, account: str, kind: str, form: LetterForm, filled: Filled, status: int = 200
) -> web.Response:
    fields = [FormField(each.name, _INPUTS.get(each.kind, "text"), not each.is_optional) for each in form.fields]
    if form.choices:
        fields.append(FormField(ANSWER_BY, "day", is_required=False))
    labels = {each.name: each.label for each in form.fields}
    customer = account_named(context.settings, account).customer
    return context.render(
        "finance/letter.html", status=status, of=account, customer=customer, kind=kind, form=form, filled=filled,
        act=FormAct(kind, ISSUE_LETTER, tuple(fields)), labels=labels,
    )


async def write_letter(context: PageContext) -> web.StreamResponse:
    """Return the draft as a file, or issue the letter: by the button that was pressed."""
    kind, form = _form(await context.form_text("kind"))
    account = account_named(context.settings, await context.form_text("account")).name
    filled = Filled(kind, {each.name: await context.form_text(each.name) for each in form.fields})
    values = {name: text for name, text in filled.typed.items() if text}
    filled.typed[ANSWER_BY] = by = await context.form_text(ANSWER_BY)
    try:
        answer_by = dt.date.fromisoformat(by) if by else None
    except ValueError:
        filled.faults[ANSWER_BY] = context.say("act_forms.no_day")
        return _page(context, account, kind, form, filled, 422)
    try:
        draft = await draft_letter_file(context.settings, account, kind, values, day_of(context.now), answer_by)
        if await context.form_text("do") == "draft":
            return attachment(draft.name, draft.media_type, draft.octets)
        if not await context.is_first():
            return context.redirect(f"{PATH}?account={account}", "act_forms.done_already")
        issued = await context.ask(
            ISSUE_LETTER, {"account": account, "kind": kind, "values": values, "answer_by": by or None}
        )
    except LetterError as error:
        filled.faults[error.field] = str(error).removeprefix(f"{error.field}: ")
        return _page(context, account, kind, form, filled, 422)
    except (InvalidRequest, OperationRefused) as error:
        filled.faults[""] = context.sentence(str(error))
        return _page(context, account, kind, form, filled, 422)
    return context.redirect(f"{PATH}?account={account}", "finance.done.letter", number=issued.number)


async def download_letter(context: PageContext) -> web.StreamResponse:
    number = context.parts["id"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise web.HTTPNotFound
    async with context.reading() as connection:
        file = await letter_file(connection, context.settings, int(number))
    return attachment(file.name, file.media_type, file.octets)


PAGES: Final = (
    Page(PATH, READERS, show_letters, menu="finance.menu.letters"),
    Page(PATH + "/new", WRITERS, new_letter),
    Page(PATH + "/new", WRITERS, write_letter, ("POST",)),
    Page(PATH + "/{id}.pdf", READERS, download_letter),
)
