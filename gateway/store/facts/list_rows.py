"""Rows of list_facts."""

from __future__ import annotations

from gateway.domain.list_entry import ListFact
from gateway.store.journal.rows import Row, storable, to_ms

LISTED = (
    "kind", "scope", "number", "is_added", "at_ms", "version", "evidence_type", "evidence_ms", "evidence_ref",
)


def listed_row(fact: ListFact) -> Row:
    evidence = fact.evidence
    proof = (evidence.kind, to_ms(evidence.at), storable(evidence.reference)) if evidence else (None, None, None)
    return (int(fact.kind), fact.scope, fact.key, fact.is_added, to_ms(fact.at), fact.version, *proof)
