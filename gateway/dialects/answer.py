"""A carrier's answer to one submit, in domain words."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.outcome import Answer


@dataclass(slots=True)
class Answered:
    """`carrier_id` is in the channel's one spelling, empty where none was given.

    `status` is the wire's number; `stat` names a refusal in a receipt, at most seven characters, else empty.
    `congestion` is SMPP 5.0's congestion_state, 0 to 100, where the answer has one, else 0.
    """

    answer: Answer
    carrier_id: str
    status: int
    stat: str
    congestion: int = 0

    # Written out: compiled, it is machine code then, which the one a dataclass makes is not.
    def __init__(self, answer: Answer, carrier_id: str, status: int, stat: str, congestion: int = 0) -> None:
        self.answer = answer
        self.carrier_id = carrier_id
        self.status = status
        self.stat = stat
        self.congestion = congestion


def stat_of(letter: str, status: int, digits: str) -> str:
    """Return the receipt word of a status: S:0045 (SMPP, hex), C:0013 (CMPP, decimal).

    A number of more than four digits keeps its last six and loses the colon: S000450 never is S:0450.
    """
    word = f"{status:04{digits}}"
    return f"{letter}:{word}" if len(word) == 4 else f"{letter}{word[-6:]:0>6}"
