"""Operations on signatures: register one, add its papers, say how far its filing is (S4-3.9b, S0-7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.contracts.filing import Filing, FilingState, filing_fault
from gateway.contracts.signature import signature_fault, without_brackets
from gateway.domain.china_time import DAY_S
from gateway.interfaces.control_socket import Document
from gateway.operations.case import Case, Operation
from gateway.operations.desk import Body, text
from gateway.queries.decided_contents import filed_signature
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
    return filed_signature(filing).as_dict()


async def _watch_new(case: Case, account: str) -> None:
    """Tell of an account that takes up many signatures: it may send for others (S0-7.3)."""
    count = await store.new_filings(case.connection, account, case.now - DAY_S)
    if count > NEW_SIGNATURES_MAX and case.running is not None:
        case.running.emit("signature_spike", account=account, signatures=count)


OPERATIONS: Final[Mapping[str, Operation]] = {"file": file}
