"""Operations on signatures: register one, add its papers, say how far its filing is (S4-3.9b, S0-7.3)."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from gateway.contracts.filing import PAPERS, Filing, FilingState, filing_fault
from gateway.contracts.signature import signature_fault, without_brackets
from gateway.domain.china_time import DAY_S
from gateway.operations.field_kinds import AnyName, Name, OperationAnswer, OperationRequest, Text
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.queries.decided_contents import FiledSignature, filed_signature
from gateway.store.facts import content_decisions

NEW_SIGNATURES_MAX: Final = 5  # of one account in a day; more are told (S0-7.3)
PAPERS_MAX: Final = 2 * sum(map(len, PAPERS.values()))


class FileSignature(OperationRequest):
    """A signature and what is known of its filing; what is not given stays as it is."""

    account: Annotated[Name, Field(description="Account. 账户。")]
    signature: Annotated[Name, Field(description="With or without 【】. 签名。")]
    kind: Annotated[AnyName, Field(description="company, product or site. 种类。")] = ""
    state: Annotated[AnyName, Field(description="pending, filed or rejected. 状态。")] = ""
    papers: Annotated[
        dict[Name, Text], Field(description="Reference by kind of paper. 材料。", max_length=PAPERS_MAX)
    ] = Field(default_factory=dict)
    note: Text | None = None


class FilingAnswer(FiledSignature, OperationAnswer):
    """The signature after it."""


async def file_signature(context: OperationContext, asked: FileSignature) -> FilingAnswer:
    account = context.account(asked.account)
    profile, name = context.settings.profiles[account.contract], without_brackets(asked.signature)
    known = (await content_decisions.read_decisions(context.connection)).filings.get((account.name, name))
    kind = asked.kind or (known.kind if known else "company")
    fault = signature_fault(name, profile) or filing_fault(kind, asked.papers)
    if fault is not None:
        raise OperationRefused(fault)
    state = (asked.state or (known.state.value if known else FilingState.PENDING.value)).upper()
    if state not in FilingState.__members__:
        raise OperationRefused(f"no state {state!r}; there are {', '.join(FilingState)}")
    papers = dict(known.papers if known else ()) | asked.papers
    note = (known.note if known else "") if asked.note is None else asked.note
    filing = Filing(
        account.name, name, kind, FilingState(state), tuple(papers.items()), context.now, context.actor, note
    )
    if filing.state is FilingState.FILED and filing.missing:
        raise OperationRefused(f"a {kind} signature needs {', '.join(filing.missing)} before it is filed (S4-3.9b)")
    await content_decisions.put_filing(context.connection, filing)
    return FilingAnswer(**filed_signature(filing).as_dict())


async def _put_in_force(context: OperationContext, _: FileSignature, answer: FilingAnswer) -> FilingAnswer:
    """Let it count; tell of an account that takes up many signatures: it may send for others (S0-7.3)."""
    assert context.node is not None
    contents = context.node.flows.contents
    is_new = (answer.account, answer.signature) not in contents.decided.filings
    await contents.restore()
    if is_new:
        count = await content_decisions.new_filings(context.connection, answer.account, context.now - DAY_S)
        if count > NEW_SIGNATURES_MAX:
            context.node.emit("signature_spike", account=answer.account, signatures=count)
    return answer


FILE_SIGNATURE = Operation(
    "signatures.file", ("Register a signature, its papers, or how far its filing is.", "登记签名、材料及报备状态。"),
    FileSignature, FilingAnswer, file_signature, Change.STORE, _put_in_force, subject="account",
    example={"account": "shop", "signature": "Hongyan", "papers": {"licence": "scan 7"}},
)
OPERATIONS = (FILE_SIGNATURE,)
