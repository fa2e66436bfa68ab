"""The lines of a statement as services with quantity, price and amount; what differs only for us is put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.documents.client_words import clause_in_words, said_note, word_of
from gateway.domain.money import format_yuan, parse_yuan


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A line as a client reads it; a quantity, price or count that there is not is empty. `amount_hao` is whole fen."""

    service: str
    messages: int | str
    quantity: int | str
    unit_price: str
    amount_hao: int
    note: str

    @property
    def amount(self) -> str:
        sign, fen = "-" if self.amount_hao < 0 else "", abs(self.amount_hao) // 100
        return f"{sign}{fen // 100}.{fen % 100:02d}"


def service_lines(document: Mapping[str, Any]) -> list[ServiceLine]:
    """Return the lines; messages of one class at one price are one, whatever versions of price or contract they had.

    Their amounts are the sum of the lines as they were rounded, so that the total stays what it is.
    """
    found: dict[tuple[str, str], ServiceLine] = {}
    others = []
    for line in document["lines"]:
        if line["line"] != "messages":
            others.append(_fee(line))
            continue
        price = line["unit_price"] or ""
        key = line["class"], price
        new = ServiceLine(
            f"短信费（{word_of(line['class'])}）", line["messages"], line["charged_segments"], price or "见说明",
            parse_yuan(line["amount"]), "" if price else "按合同约定的套餐、批次或多种价格计收",
        )
        known = found.get(key)
        found[key] = new if known is None else replace(
            known, messages=int(known.messages) + line["messages"],
            quantity=int(known.quantity) + line["charged_segments"], amount_hao=known.amount_hao + new.amount_hao,
        )
    return [*found.values(), *others]


def _fee(line: Mapping[str, Any]) -> ServiceLine:
    amount_hao, count = parse_yuan(line["amount"]), line.get("count", 1)
    note = "；".join(filter(None, (said_note(line.get("note") or ""), clause_in_words(line.get("clause") or ""))))
    price = format_yuan(amount_hao) if count == 1 else ""
    return ServiceLine(word_of(line["line"]), "", count, price, amount_hao, note)
