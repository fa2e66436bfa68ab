"""Filing signatures: the papers of each kind (S4-3.9b), what is refused, and which names an account may use."""

from __future__ import annotations

import pytest

from gateway.contracts.filing import Filing, FilingState, accepted_names, filing_fault

PENDING, FILED, REJECTED = FilingState.PENDING, FilingState.FILED, FilingState.REJECTED


@pytest.mark.parametrize(
    ("kind", "papers", "fault"),
    [
        ("company", ["licence"], None), ("company", [], None),
        ("product", ["trademark_certificate", "form"], None), ("site", ["icp_proof"], None),
        ("trademark", ["trademark_certificate"],
         "a bare trademark is no signature: file it as product, 商标+产品类型 (S4-3.9b)"),
        ("shop", [], "no kind 'shop'; there are company, product, site"),
        ("site", ["icp_proof", "photo", "map"],
         "no paper 'photo'; there are form, icp_proof, licence, trademark_certificate"),
    ],
)
def test_what_can_be_filed(kind: str, papers: list[str], fault: str | None) -> None:
    assert filing_fault(kind, papers) == fault


@pytest.mark.parametrize(
    ("kind", "papers", "missing"),
    [
        ("product", (), ("trademark_certificate", "form")),
        ("product", (("form", "F-17"),), ("trademark_certificate",)),
        ("product", (("form", "F-17"), ("trademark_certificate", "TM-9")), ()),
        ("company", (("licence", "  "),), ("licence",)),
        ("site", (("licence", "L-1"),), ("icp_proof",)),
    ],
)
def test_papers_that_are_missing(kind: str, papers: tuple[tuple[str, str], ...], missing: tuple[str, ...]) -> None:
    assert Filing("acme", "鸿雁", kind, papers=papers).missing == missing


def filed(*signatures: tuple[str, FilingState]) -> list[Filing]:
    return [Filing("acme", name, "company", state) for name, state in signatures]


@pytest.mark.parametrize(
    ("is_required", "accepted", "refused"),
    [
        (False, ("未报", "待审", "已报", "另报"), {"退回": "REJECTED", "另审": "PENDING"}),
        (True, ("已报", "另报"), {"未报": "not filed", "待审": "PENDING", "退回": "REJECTED", "另审": "PENDING"}),
    ],
)
def test_names_that_an_account_may_use(is_required: bool, accepted: tuple[str, ...], refused: dict[str, str]) -> None:
    """Configured ones first, in their order; one filed beside them may be used, one that waits may not."""
    filings = filed(("待审", PENDING), ("退回", REJECTED), ("已报", FILED), ("另报", FILED), ("另审", PENDING))
    found = accepted_names(["未报", "待审", "退回", "已报", "未报"], filings, is_required=is_required)
    assert found == (accepted, refused)
