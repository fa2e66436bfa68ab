"""Two real sessions, a wire without a network, a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from protocols.events import BindRequested, Closed, Event, RequestReceived
from protocols.session import Session


@dataclass
class Pair:
    """`left` and `right` talk; `chunk` octets arrive at a time (0: all at once). Events are kept by side.

    `answers(request) -> response | None` answers requests and binds as they arrive, by side name.
    """

    left: Session
    right: Session
    now: float = 0.0
    chunk: int = 0
    answers: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=lambda: {"left": [], "right": []})
    is_cut: bool = False

    def settle(self) -> None:
        """Carry octets and answers until both sides have nothing more to say."""
        for _ in range(1000):
            if not (self._carry("left") | self._carry("right")):
                return
        raise AssertionError("the two sides never stop talking")

    def advance(self, seconds: float) -> None:
        """Let time pass, waking each side at its deadlines."""
        end = self.now + seconds
        for _ in range(10_000):
            self.settle()
            due = [at for at in (self.left.next_deadline(), self.right.next_deadline()) if at is not None]
            if not due or min(due) > end:
                self.now = end
                return
            self.now = max(self.now, min(due))
            for session in (self.left, self.right):
                session.handle_deadline(now=self.now)
        raise AssertionError("deadlines never stop coming")

    def take(self, side: str) -> list[Event]:
        """The events of a side since the last call."""
        taken, self.events[side] = self.events[side], []
        return taken

    def _carry(self, side: str) -> bool:
        """Deliver one side's octets, then handle what it has to tell."""
        source, target = (self.left, self.right) if side == "left" else (self.right, self.left)
        data = source.data_to_send()
        if data and not self.is_cut:
            step = self.chunk or len(data)
            for at in range(0, len(data), step):
                target.receive_data(data[at : at + step], now=self.now)
        moved = bool(data)
        while (event := source.next_event()) is not None:
            moved = True
            self.events[side].append(event)
            if isinstance(event, BindRequested | RequestReceived) and side in self.answers:
                response = self.answers[side](event.pdu)
                if response is not None:
                    source.respond(event.pdu, response, now=self.now)
            if isinstance(event, Closed) and not self.is_cut:
                target.receive_data(source.data_to_send(), now=self.now)
                target.receive_eof(now=self.now)
        return moved
