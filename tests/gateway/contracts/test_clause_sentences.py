"""Every clause that a decision may cite has its sentence in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.contracts.clause_sentences import clause_sentence, known_clauses
from gateway.contracts.clauses import clause_of
from gateway.domain.verdict import Key
from gateway.settings.clause_table import read_ids
from tests.gateway.contracts.shipped import NAMES, profile

IDS = read_ids(Path(__file__).resolve().parents[3] / "docs" / "clauses")


def is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def test_every_clause_has_a_sentence_in_both_languages() -> None:
    assert known_clauses() == {*IDS, "D"}
    for clause in IDS:
        chinese, english = clause_sentence(clause, "zh"), clause_sentence(clause, "en")
        assert is_chinese(chinese) and chinese.endswith("。"), clause
        assert english.isascii() and english.endswith("."), clause


@pytest.mark.parametrize("name", NAMES)
def test_every_refusal_of_a_shipped_contract_can_be_told(name: str) -> None:
    for key in Key:
        try:
            clause = clause_of(profile(name), key.name)
        except KeyError:  # a refusal of the protocol
            continue
        assert is_chinese(clause_sentence(clause, "zh")), (key, clause)


def test_a_decision_says_that_the_contract_does_not() -> None:
    assert clause_sentence("S0-5.5[D]", "zh").endswith(clause_sentence("S0-5.5", "zh"))
    assert clause_sentence("S0-5.5[D]", "en") != clause_sentence("S0-5.5", "en")
    assert clause_sentence("SMPP 3.4 5.2.14", "zh") == ""
