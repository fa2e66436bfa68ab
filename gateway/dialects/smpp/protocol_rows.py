"""What the gateway must know of SMPP before any PDU of it: its row of the table of protocols."""

from __future__ import annotations

from typing import Final

from gateway.dialects.dialect_interfaces import CarrierProtocol, ClientProtocol, ClientSessions, LoginFaults
from gateway.dialects.login import Login
from gateway.dialects.smpp.carrier_dialect import SmppCarrierDialect
from gateway.dialects.smpp.client_dialect import PROTOCOL, SmppClientDialect
from gateway.domain.account import Account
from gateway.domain.wire import CHANNEL_FAULT, NOT_OPEN_HERE, QUEUE_FULL, TEMPORARY, THROTTLED, Refusal, Wire
from protocols.session import Limits, Session
from protocols.smpp import pdus
from protocols.smpp.constants import VERSION_34, Status, status_name
from protocols.smpp.session import ESME, SMSC, SmppSession

# SMPP 3.4 section 5.1.3, and the practice of gateways for its temporary statuses.
_REFUSALS: Final[dict[int, Refusal]] = {
    int(Status.RINVBNDSTS): CHANNEL_FAULT,  # the bind is not what we took it for
    int(Status.RSYSERR): CHANNEL_FAULT,
    int(Status.RINVSRCADR): NOT_OPEN_HERE,  # the code
    int(Status.RMSGQFUL): QUEUE_FULL,
    int(Status.RINVSERTYP): NOT_OPEN_HERE,
    int(Status.RTHROTTLED): THROTTLED,
    int(Status.RINVSCHED): TEMPORARY,  # by Jasmin's experience
    int(Status.RX_T_APPN): TEMPORARY,
}
SMPP34: Final[Wire] = Wire("smpp34", PROTOCOL, VERSION_34, refusals=_REFUSALS)
TCP_PORT: Final = 2775
PASSWORD_MAX: Final = 8


def _login_faults(login: str, password: str, is_long_allowed: bool) -> LoginFaults:
    if len(password.encode()) > PASSWORD_MAX and not is_long_allowed:
        problem = f"an SMPP password has at most {PASSWORD_MAX} characters, without the quirk long_password"
        yield "password", problem


def _client_session(limits: Limits, now: float) -> Session:
    return SmppSession(SMSC, limits, now=now)


def _carrier_session(limits: Limits, now: float) -> Session:
    return SmppSession(ESME, limits, now=now)


def _client_dialect(account: Account, login: Login, session: Session) -> SmppClientDialect:
    return SmppClientDialect(account, login.version)


CLIENTS: Final[ClientProtocol] = ClientProtocol(
    name=PROTOCOL, doc="SMPP 3.4", tcp_port=TCP_PORT, has_tls=True, status_name=status_name, login_faults=_login_faults,
    sessions=ClientSessions(
        submits=frozenset({pdus.SubmitSm, pdus.DataSm, pdus.SubmitMulti}), make_session=_client_session,
        read_bind=SmppClientDialect.read_bind, bind_refused=SmppClientDialect.bind_refused,
        bind_status=SmppClientDialect.bind_status, make_dialect=_client_dialect,
    ),
)
CARRIERS: Final[CarrierProtocol] = CarrierProtocol(
    name=PROTOCOL, wires=(SMPP34,), tcp_port=TCP_PORT, has_tls=True, bind_modes=("trx", "tx+rx"),
    login_faults=_login_faults, make_session=_carrier_session, make_dialect=SmppCarrierDialect,
)
