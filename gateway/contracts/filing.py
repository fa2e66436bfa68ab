"""Filing a signature: what papers it needs by its kind, and how far it is (S4-3.9b).

    company    the company's licence
    trademark  a trademark alone is no signature: it is filed as a product
    product    "trademark + product type": the trademark certificate and the form
    site       the site's ICP proof
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FilingState(StrEnum):
    PENDING = "PENDING"
    FILED = "FILED"
    REJECTED = "REJECTED"


# kind -> the papers without which it is not filed
PAPERS: Final = {
    "company": ("licence",),
    "product": ("trademark_certificate", "form"),
    "site": ("icp_proof",),
}


@dataclass(frozen=True, slots=True)
class Filing:
    """A signature of an account, without brackets, and its papers by kind of paper ("licence": a reference)."""

    account: str
    signature: str
    kind: str
    state: FilingState = FilingState.PENDING
    papers: tuple[tuple[str, str], ...] = ()
    at: float = 0.0
    by: str = ""
    note: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The papers that are not there yet."""
        have = {name for name, reference in self.papers if reference.strip()}
        return tuple(name for name in PAPERS[self.kind] if name not in have)


def filing_fault(kind: str, papers: Iterable[str]) -> str | None:
    """Return why a signature cannot be filed as this kind, or None."""
    if kind == "trademark":
        return "a bare trademark is no signature: file it as product, 商标+产品类型 (S4-3.9b)"
    if kind not in PAPERS:
        return f"no kind {kind!r}; there are {', '.join(PAPERS)}"
    known = {paper for need in PAPERS.values() for paper in need}
    strange = next((paper for paper in papers if paper not in known), None)
    return None if strange is None else f"no paper {strange!r}; there are {', '.join(sorted(known))}"


def accepted_names(
    configured: Sequence[str], filings: Iterable[Filing], *, is_required: bool
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the signatures that an account may use, the first first, and the state of those that it may not.

    Where filing is not required, configured ones count as they are, unless their filing was rejected.
    """
    states = {filing.signature: filing.state for filing in filings}
    accepted, refused = [], {}
    for name in dict.fromkeys([*configured, *states]):
        state = states.get(name)
        if state is FilingState.FILED or (not is_required and name in configured and state is not FilingState.REJECTED):
            accepted.append(name)
        else:
            refused[name] = "not filed" if state is None else state.value
    return tuple(accepted), refused
