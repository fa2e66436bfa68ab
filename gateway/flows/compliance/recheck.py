"""What is asked once more of a message that waited: whether its content was stopped, or its number listed, meanwhile.

A channel's sender asks as it takes a message from a queue, before the claim; one that leaves at once was asked a
moment ago.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.domain.message import Message
from gateway.domain.outcome import State
from gateway.domain.verdict import Key, Reject
from gateway.flows.compliance.contents import Contents, may_stop
from gateway.flows.interfaces import FlowContext
from gateway.flows.receipts.receipts import Receipts
from gateway.pipeline.policy.account_policy import Policy

_FORBIDDEN: Final = frozenset({Key.BLACK, Key.UNSUB})


class Recheck:
    """`stops` ends such a message uncharged; for all others it is two look-ups."""

    def __init__(
        self, context: FlowContext, policies: Mapping[str, Policy], contents: Contents, receipts: Receipts
    ) -> None:
        self._journal, self._clock = context.journal, context.clock
        self._policies = policies
        self._contents = contents
        self._receipts = receipts

    def stops(self, message: Message) -> bool:
        """End a message that may not leave any more; False for another.

        A number that left a whitelist is no ground: consent was asked for when the message was accepted, and who takes
        it back is listed as unsubscribed.
        """
        if self._contents.stops(message):
            return True
        reject = self._listed(message)
        if reject is None or not may_stop(message):
            return False
        now = self._clock()
        message.is_stopped = True
        self._journal.amended(message, f"refused {reject.key.name} {reject.clause}", now)
        for index in range(len(message.parts)):
            self._receipts.ended(message, index, State.REJECTED, reject.key.stat, now)
        return True

    def _listed(self, message: Message) -> Reject | None:
        """Return the refusal by the client's lists, or by those of the carrier's contract."""
        policy = self._policies[message.account.name]
        view = policy.routes.views.get(message.channel)
        for rules in (policy.list_rules, view.list_rules if view is not None else None):
            reject = rules.refuse(message) if rules is not None else None
            if reject is not None and reject.key in _FORBIDDEN:
                return reject
        return None
