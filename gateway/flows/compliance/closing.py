"""An account that was found to serve another's protected customer is closed, until an operator opens it (S0-5.6).

The refusal goes out at once; the closing is stored by a transaction of its own and holds once that is committed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from gateway.domain.message import Submission
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import Clock, Emit
from gateway.pipeline.policy.account_policy import Policy

CAUSE: Final = "closed"
Store = Callable[[str, float, Reject], Awaitable[None]]


class Closing:
    """The closed accounts of a node. `store` and `spawn` are given by whoever has a database."""

    def __init__(self, policies: Mapping[str, Policy], clock: Clock, emit: Emit) -> None:
        self._policies = policies
        self._clock = clock
        self._emit = emit
        self._store: Store | None = None
        self._spawn: Callable[..., None] | None = None
        self.closed: dict[str, Reject] = {}
        self._under_way: set[str] = set()

    def connect(self, store: Store, spawn: Callable[..., None], closed: Mapping[str, Reject]) -> None:
        """Store closings from now on; `closed` are those of before."""
        self._store, self._spawn = store, spawn
        self.closed.update(closed)
        self.apply()

    def apply(self) -> None:
        """Close again what is closed: policies that a reload made know only what the configuration says."""
        for name, reject in self.closed.items():
            if name in self._policies:
                self._policies[name].stop(CAUSE, reject)

    def refused(self, submission: Submission, reject: Reject) -> None:
        """A message was refused with PROTECTED: its account is closed."""
        name = submission.account.name
        if name not in self.closed and name not in self._under_way:
            self.close(name, reject)

    def close(self, name: str, reject: Reject) -> None:
        """Close an account: stored first where there is a store."""
        self._under_way.add(name)
        if self._store is None or self._spawn is None:
            self._take_effect(name, reject)
        else:
            self._spawn(self._stored(name, reject, self._store))

    async def _stored(self, name: str, reject: Reject, store: Store) -> None:
        try:
            await store(name, self._clock(), reject)
        except BaseException:
            self._under_way.discard(name)  # the next such message tries again
            raise
        self._take_effect(name, reject)

    def _take_effect(self, name: str, reject: Reject) -> None:
        self._under_way.discard(name)
        self.closed[name] = Reject(reject.key, reject.clause, f"the account is closed: {reject.detail}")
        self.apply()
        self._emit("account_closed", account=name, key=reject.key.name, clause=reject.clause, detail=reject.detail)

    def opened(self, name: str) -> None:
        """An operator opened an account again."""
        if self.closed.pop(name, None) is not None and name in self._policies:
            self._policies[name].resume(CAUSE)
