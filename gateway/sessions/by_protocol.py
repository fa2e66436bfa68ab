"""What each protocol adds to a client's connection: its dialect, and the requests beside submits."""

from __future__ import annotations

from typing import Any

from gateway.dialects.client_cmpp import CmppClientDialect
from gateway.dialects.client_smpp import SmppClientDialect
from gateway.dialects.login import BindRefusal, Login
from gateway.domain.account import Account
from gateway.domain.verdict import Key, Reject
from gateway.sessions.connection import Connection
from protocols.cmpp import pdus as cmpp
from protocols.smpp import pdus as smpp

NOT_SERVED = Reject(Key.SYSTEM, "command", "this request is not served")


class SmppConnection(Connection):
    """A client that speaks SMPP 3.4."""

    PROTOCOL = "smpp"
    SUBMITS = frozenset({smpp.SubmitSm, smpp.DataSm, smpp.SubmitMulti})

    def _read_bind(self, pdu: Any) -> Login:
        return SmppClientDialect.read_bind(pdu)

    def _bind_accepted(self, pdu: Any, account: Account, version: int) -> Any:
        return SmppClientDialect.bind_accepted(pdu, account.password, version)

    def _bind_refused(self, pdu: Any, reason: BindRefusal) -> Any:
        return SmppClientDialect.bind_refused(pdu, reason)

    def _make_dialect(self, account: Account, version: int) -> Any:
        return SmppClientDialect(account, version)

    def _other_request(self, pdu: Any) -> None:
        assert self.account is not None
        requests = self._around.requests
        if isinstance(pdu, smpp.QuerySm):
            requests.query_sm(self.account, self._dialect, pdu, self._respond)
        elif isinstance(pdu, smpp.CancelSm):
            requests.cancel_sm(self.account, self._dialect, pdu, self._respond)
        elif isinstance(pdu, smpp.ReplaceSm):
            requests.replace_sm(self.account, self._dialect, pdu, self._respond)
        else:
            self._respond(pdu, self._dialect.refused(pdu, NOT_SERVED))


class CmppConnection(Connection):
    """A client that speaks CMPP 2.0 or 3.0."""

    PROTOCOL = "cmpp"
    SUBMITS = frozenset({cmpp.Submit})

    def _read_bind(self, pdu: Any) -> Login:
        return CmppClientDialect.read_bind(pdu)

    def _bind_accepted(self, pdu: Any, account: Account, version: int) -> Any:
        return CmppClientDialect.bind_accepted(pdu, account.password, version)

    def _bind_refused(self, pdu: Any, reason: BindRefusal) -> Any:
        return CmppClientDialect.bind_refused(pdu, reason)

    def _make_dialect(self, account: Account, version: int) -> Any:
        return CmppClientDialect(account, version)

    def _other_request(self, pdu: Any) -> None:
        assert self.account is not None
        requests = self._around.requests
        if isinstance(pdu, cmpp.Query):
            requests.query_day(self.account, self._dialect, pdu, self._respond)
        elif isinstance(pdu, cmpp.Cancel):
            requests.cancel_sm(self.account, self._dialect, pdu, self._respond)
        else:
            self._around.emit("request_ignored", account=self._name, command=pdu.NAME)
