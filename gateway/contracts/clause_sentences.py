"""What each clause says, in one sentence of our own, in Chinese and English: what people are told beside its id."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final, Literal

Language = Literal["zh", "en"]
_COLUMN: Final = {"zh": 0, "en": 1}
_DECISION: Final = {
    "zh": "合同对此没有规定，按其他合同的惯例处理：", "en": "The contract does not say; as another contract has it: ",
}
_ID: Final = re.compile(r"(?P<id>.+?)(?P<decision>\[D\])?")


@cache
def _sentences() -> dict[str, tuple[str, str]]:
    text = resources.files("gateway.contracts").joinpath("clause_sentences.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {clause: (chinese, english) for clause, chinese, english in rows}


def known_clauses() -> frozenset[str]:
    """Return every clause that has a sentence; "D" is a decision of this product."""
    return frozenset(_sentences())


def clause_sentence(clause: str, language: Language) -> str:
    """Return what a clause as it is cited ("S0-5.5", "S0-5.5[D]", "D") says; "" for what is no clause of a contract.

    A refusal may stand on a section of a protocol or on a key of the configuration instead.
    """
    match = _ID.fullmatch(clause)
    found = _sentences().get(match["id"]) if match else None
    if match is None or found is None:
        return ""
    return (_DECISION[language] if match["decision"] else "") + found[_COLUMN[language]]
