"""Faults as they happen: a plan and a seeded chance, asked at each answer, receipt and request by both cores.

A fault whose probability is 0 costs no draw, so a run without it does not change when others are added to the plan.
"""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from gateway.simulator.core_interfaces import LineControl
from gateway.simulator.fault_plan import FaultPlan
from protocols.session import Session

_BAD_HEAD: Final = 0xF0  # as the first octet of a length: longer than any frame
_GARBAGE_OCTETS: Final = 64
_TAIL_OCTETS_MAX: Final = 10  # shorter than any PDU, so the cut is within the last one


class ReceiptTime(NamedTuple):
    """When a receipt is due, and of which sort: the message's own, a stray or a garbled one."""

    due: float
    kind: str


class FaultInjector:
    """The plan at work; `follow` replaces it at any time. Times are monotonic seconds."""

    __slots__ = ("_random", "is_calm", "plan", "rng")

    def __init__(self, plan: FaultPlan, rng: random.Random) -> None:
        self.rng = rng
        self._random = rng.random
        self.follow(plan)

    def follow(self, plan: FaultPlan) -> None:
        """Misbehave by this plan from now on."""
        self.plan = plan
        self.is_calm = plan.is_calm

    def strikes(self, probability: float) -> bool:
        """Whether a fault of this probability happens now."""
        return probability > 0 and self._random() < probability

    def within(self, span: tuple[float, float]) -> float:
        """A moment of a (least, most) span."""
        least, most = span
        return least if most <= least else least + (most - least) * self._random()

    def answer_times(self, usual: float) -> tuple[float, ...]:
        """When a request whose answer is usually due then is answered: once, twice or never."""
        if self.is_calm:
            return (usual,)
        plan, due = self.plan, usual
        if self.strikes(plan.late):
            due += plan.late_s * self._random()
        if self.strikes(plan.reordered):
            due += plan.reorder_s * self._random()
        if self.strikes(plan.lost):
            return ()
        if self.strikes(plan.doubled):
            return due, due + plan.reorder_s * self._random()
        return (due,)

    def receipt_times(self, now: float, usual: float) -> list[ReceiptTime]:
        """When receipts of one message are due, where usually there is one, then. Empty: it is lost."""
        if self.is_calm:
            return [ReceiptTime(usual, "receipt")]
        plan, due = self.plan, usual
        if self.strikes(plan.receipt_lost):
            return []
        if self.strikes(plan.receipt_early):
            due = now
        if self.strikes(plan.receipt_late):
            due += plan.receipt_late_s * self._random()
        if self.strikes(plan.receipt_reordered):
            due += plan.reorder_s * self._random()
        times = [ReceiptTime(due, "receipt")]
        for probability, kind in (
            (plan.receipt_doubled, "receipt"),
            (plan.receipt_stray, "stray_receipt"),
            (plan.receipt_garbled, "garbled_receipt"),
        ):
            if self.strikes(probability):
                times.append(ReceiptTime(due + plan.reorder_s * self._random(), kind))
        return times

    def disturb(self, session: Session, line: LineControl, now: float) -> list[str]:
        """Let faults of the connection itself happen; which did."""
        plan, struck = self.plan, list[str]()
        if self.is_calm:
            return struck
        if self.strikes(plan.silence):
            struck.append("silence")
            line.mute(now + plan.silence_s)
        if self.strikes(plan.unbind):
            struck.append("unbind")
            session.unbind(now=now)
            line.touch()
        if self.strikes(plan.garbage):
            struck.append("garbage")
            line.garble(bytes((_BAD_HEAD,)) + self.rng.randbytes(_GARBAGE_OCTETS))
        if self.strikes(plan.cut_mid_pdu):
            struck.append("cut_mid_pdu")
            line.cut_tail(1 + self.rng.randrange(_TAIL_OCTETS_MAX))
        if self.strikes(plan.cut):
            struck.append("cut")
            line.cut()
        return struck
