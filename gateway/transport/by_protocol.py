"""What each protocol adds to a client's connection: its dialect, and the requests beside submits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.login import BindRefusal, Login
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.account import Account
from gateway.domain.outcome import Inbound, OutboxItem
from gateway.domain.verdict import Key, Reject
from gateway.transport.client_session import Connection
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.constants import ConnectStatus
from protocols.cmpp.session import CmppSession
from protocols.smpp import pdus as smpp
from protocols.smpp.constants import VERSION_34, status_name

NOT_SERVED: Final = Reject(Key.SYSTEM, "command", "this request is not served")


@dataclass(frozen=True, slots=True)
class _InParts:
    """An MO that is being delivered in several PDUs; `parts` are those still to be sent."""

    item: Inbound
    parts: deque[Any]


class InPartsConnection(Connection):
    """A client whose long MO may take several PDUs: one after the other, so that the window holds, and owed as one."""

    def _write(self, item: OutboxItem) -> None:
        if isinstance(item, Inbound):
            parts = deque(self._dialect.deliver_parts(item))
            if len(parts) > 1:
                self._deliver_next(_InParts(item, parts))
                return
        super()._write(item)

    def _deliver_next(self, owed: _InParts) -> None:
        self.pump.session.deliver(owed.parts.popleft(), owed, now=self._loop.time())
        self.pump.touch()

    def _delivered(self, token: Any, response: Any) -> None:
        if type(token) is not _InParts or not token.parts or not self._dialect.is_acked(response):
            super()._delivered(token, response)
            return
        assert self._reception is not None
        if not self._is_receiver:
            self._outbox.lost(token.item, self._reception)
        elif self._outbox.holds(token.item, self._reception):  # else another session has begun with all of it
            self._deliver_next(token)

    def _item_of(self, token: Any) -> OutboxItem:
        return token.item if isinstance(token, _InParts) else super()._item_of(token)


class SmppConnection(InPartsConnection):
    """A client that speaks SMPP 3.4."""

    PROTOCOL: ClassVar[str] = "smpp"
    SUBMITS: ClassVar[frozenset[type]] = frozenset({smpp.SubmitSm, smpp.DataSm, smpp.SubmitMulti})

    def _read_bind(self, pdu: Any) -> Login:
        return SmppClientDialect.read_bind(pdu)

    def _bind_accepted(self, pdu: Any, account: Account, version: int) -> Any:
        return SmppClientDialect.bind_accepted(pdu, account.password, version)

    def _bind_refused(self, pdu: Any, reason: BindRefusal) -> Any:
        return SmppClientDialect.bind_refused(pdu, reason)

    def _bind_status(self, reason: BindRefusal) -> str:
        return status_name(reason.smpp_status)

    def _spoken(self, version: int) -> int:
        return min(version, VERSION_34)

    def _make_dialect(self, account: Account, version: int) -> Any:
        return SmppClientDialect(account, version)

    def _other_request(self, pdu: Any) -> None:
        assert self.account is not None
        requests = self._around.requests
        if isinstance(pdu, smpp.QuerySm):
            requests.query_sm(self.account, self._dialect, pdu, self._begin_answer())
        elif isinstance(pdu, smpp.CancelSm):
            requests.cancel_sm(self.account, self._dialect, pdu, self._begin_answer())
        elif isinstance(pdu, smpp.ReplaceSm):
            requests.replace_sm(self.account, self._dialect, pdu, self._begin_answer())
        else:
            self._respond(pdu, self._dialect.refused(pdu, NOT_SERVED))


class CmppConnection(InPartsConnection):
    """A client that speaks CMPP 2.0 or 3.0."""

    PROTOCOL: ClassVar[str] = "cmpp"
    SUBMITS: ClassVar[frozenset[type]] = frozenset({cmpp.Submit})

    def _read_bind(self, pdu: Any) -> Login:
        return CmppClientDialect.read_bind(pdu)

    def _bind_accepted(self, pdu: Any, account: Account, version: int) -> Any:
        return CmppClientDialect.bind_accepted(pdu, account.password, version)

    def _bind_refused(self, pdu: Any, reason: BindRefusal) -> Any:
        return CmppClientDialect.bind_refused(pdu, reason)

    def _bind_status(self, reason: BindRefusal) -> str:
        return ConnectStatus(reason.cmpp_status).name

    def _spoken(self, version: int) -> int:
        return self.pump.session.version

    def _make_dialect(self, account: Account, version: int) -> Any:
        session = self.pump.session
        assert isinstance(session, CmppSession)
        session.speak(version)  # an account may be spoken to in one version whatever its CONNECT says
        return CmppClientDialect(account, version)

    def _other_request(self, pdu: Any) -> None:
        assert self.account is not None
        requests = self._around.requests
        if isinstance(pdu, cmpp.Query):
            requests.query_day(self.account, self._dialect, pdu, self._begin_answer())
        elif isinstance(pdu, cmpp.Cancel):
            requests.cancel_sm(self.account, self._dialect, pdu, self._begin_answer())
        else:
            self._around.emit("request_ignored", account=self._name, command=pdu.NAME)
