"""What the gateway must know of CMPP before any PDU of it: its row of the table of protocols."""

from __future__ import annotations

from typing import Final

from gateway.dialects.cmpp.carrier_dialect import CmppCarrierDialect
from gateway.dialects.cmpp.client_dialect import PROTOCOL, CmppClientDialect
from gateway.dialects.dialect_interfaces import CarrierProtocol, ClientProtocol, ClientSessions, LoginFaults
from gateway.dialects.login import Login
from gateway.domain.account import Account
from gateway.domain.wire import NOT_OPEN_HERE, THROTTLED, Refusal, Wire
from protocols.cmpp import pdus
from protocols.cmpp.constants import PORT_LONG, VERSION_20, VERSION_30, Result, result_name
from protocols.cmpp.session import ISMG, SP, CmppSession
from protocols.session import Limits, Session

# CMPP 3.0 section 7.4.2.2 (Result).
_REFUSALS: Final[dict[int, Refusal]] = {
    int(Result.SERVICE_CODE): NOT_OPEN_HERE,
    int(Result.FLOW_CONTROL): THROTTLED,
    int(Result.SRC_ID): NOT_OPEN_HERE,
    int(Result.MSG_SRC): NOT_OPEN_HERE,
}
CMPP20: Final[Wire] = Wire("cmpp20", PROTOCOL, VERSION_20, has_gsm7=False, refusals=_REFUSALS)
CMPP30: Final[Wire] = Wire("cmpp30", PROTOCOL, VERSION_30, has_gsm7=False, refusals=_REFUSALS)
LOGIN_LENGTH: Final = 6


def _login_faults(login: str, password: str, is_long_allowed: bool) -> LoginFaults:
    if len(login) != LOGIN_LENGTH:
        yield "login", "a CMPP login (SP_Id) has six characters"


def _client_session(limits: Limits, now: float) -> Session:
    return CmppSession(ISMG, limits, now=now)


def _carrier_session(limits: Limits, now: float) -> Session:
    return CmppSession(SP, limits, now=now)


def _client_dialect(account: Account, login: Login, session: Session) -> CmppClientDialect:
    """An account may be spoken to in one version whatever its CONNECT says."""
    version = account.cmpp_version or login.version
    assert isinstance(session, CmppSession)
    session.speak(version)
    return CmppClientDialect(account, version)


CLIENTS: Final[ClientProtocol] = ClientProtocol(
    name=PROTOCOL, doc="CMPP 2.0 and 3.0; the client chooses the version", tcp_port=PORT_LONG, has_tls=False,
    status_name=result_name, login_faults=_login_faults,
    sessions=ClientSessions(
        submits=frozenset({pdus.Submit}), make_session=_client_session, read_bind=CmppClientDialect.read_bind,
        bind_refused=CmppClientDialect.bind_refused, bind_status=CmppClientDialect.bind_status,
        make_dialect=_client_dialect,
    ),
)
CARRIERS: Final[CarrierProtocol] = CarrierProtocol(
    name=PROTOCOL, wires=(CMPP20, CMPP30), tcp_port=PORT_LONG, has_tls=False, bind_modes=("trx",),
    login_faults=_login_faults, make_session=_carrier_session, make_dialect=CmppCarrierDialect,
)
