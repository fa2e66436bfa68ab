"""Operations on signatures: register one, add its papers, say how far its filing is; list them (S4-3.9b, S0-7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.contracts.filing import Filing, FilingState, accepted_names, filing_fault
from gateway.contracts.signature import signature_fault, without_brackets
from gateway.domain.china_time import DAY_S, moment_text
from gateway.interfaces.control_socket import Document
from gateway.operations.case import Case, Operation
from gateway.operations.desk import Body, text
from gateway.store.facts import content_decisions as store

NEW_SIGNATURES_MAX: Final = 5  # of one account in a day; more are told (S0-7.3)


async def file(case: Case, body: Body) -> Document:
    """Register a signature or change its filing. Body: account, signature, kind, state, papers, note."""
    account = case.account(text(body, "account"))
    profile = case.profiles[account.contract]
    name = without_brackets(text(body, "signature"))
    papers = body.get("papers", {})
    if not isinstance(papers, dict) or not all(isinstance(each, str) for pair in papers.items() for each in pair):
        raise ValueError("papers must be a table of references by kind of paper")
    known = (await store.read_decisions(case.connection)).filings.get((account.name, name))
    kind = text(body, "kind", known.kind if known else "company")
    fault = signature_fault(name, profile) or filing_fault(kind, papers)
    if fault is not None:
        raise ValueError(fault)
    state = text(body, "state", known.state.value if known else FilingState.PENDING.value).upper()
    if state not in FilingState.__members__:
        raise ValueError(f"no state {state!r}; there are {', '.join(FilingState)}")
    all_papers = dict(known.papers if known else ()) | papers
    filing = Filing(
        account.name, name, kind, FilingState(state), tuple(all_papers.items()), case.now, case.actor,
        text(body, "note", known.note if known else ""),
    )
    if filing.state is FilingState.FILED and filing.missing:
        raise ValueError(f"a {kind} signature needs {', '.join(filing.missing)} before it is filed (S4-3.9b)")
    await store.put_filing(case.connection, filing)
    await case.take()
    if known is None:
        await _watch_new(case, account.name)
    return _filing_document(filing)


async def _watch_new(case: Case, account: str) -> None:
    """Tell of an account that takes up many signatures: it may send for others (S0-7.3)."""
    count = await store.new_filings(case.connection, account, case.now - DAY_S)
    if count > NEW_SIGNATURES_MAX and case.running is not None:
        case.running.emit("signature_spike", account=account, signatures=count)


async def filings(case: Case, body: Body) -> Document:
    """List the signatures of an account, or of all, with what keeps each from being used. Body: account."""
    only = text(body, "account", "")
    found = (await store.read_decisions(case.connection)).filings
    documents = []
    for account in case.accounts.values():
        own = [filing for (owner, _), filing in found.items() if owner == account.name]
        is_required = case.profiles[account.contract].sig_filing
        accepted, _ = accepted_names(account.signatures, own, is_required=is_required)
        by_name = {filing.signature: filing for filing in own}
        for name in dict.fromkeys([*account.signatures, *by_name]) if only in ("", account.name) else ():
            filing = by_name.get(name)
            shown = _filing_document(filing) if filing else {"account": account.name, "signature": name, "state": None}
            documents.append({**shown, "may_be_used": name in accepted})
    return {"signatures": documents}


def _filing_document(filing: Filing) -> dict[str, Any]:
    return {
        "account": filing.account, "signature": filing.signature, "kind": filing.kind, "state": filing.state.value,
        "papers": dict(filing.papers), "missing": list(filing.missing), "note": filing.note,
        "since": moment_text(filing.at), "by": filing.by,
    }


OPERATIONS: Final[Mapping[str, Operation]] = {"file": file, "filings": filings}
