"""The table of protocols: what each line says, and what it makes of an account or channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.dialects.protocol_table import CARRIER_PROTOCOLS, CLIENT_PROTOCOLS, WIRES, answer_name
from protocols.cmpp import auth
from protocols.session import Limits, Role
from protocols.smpp import pdus as smpp
from tests.gateway.dialects.samples import ACCOUNT, NOW, channel

SMPP, CMPP = CLIENT_PROTOCOLS["smpp"], CLIENT_PROTOCOLS["cmpp"]


def test_each_line_stands_under_its_own_name() -> None:
    for table in (CLIENT_PROTOCOLS, CARRIER_PROTOCOLS):
        assert all(name == row.name for name, row in table.items())
    assert list(WIRES) == ["smpp34", "cmpp20", "cmpp30"]
    assert all(name == wire.name and wire.protocol in CARRIER_PROTOCOLS for name, wire in WIRES.items())


def test_clients_get_the_side_that_accepts() -> None:
    assert {row.sessions.make_session(Limits(), 0.0).role for row in CLIENT_PROTOCOLS.values()} == {Role.ACCEPTOR}


def test_carriers_get_the_side_that_binds() -> None:
    for row in CARRIER_PROTOCOLS.values():
        assert row.make_session(Limits(), 0.0).role is Role.INITIATOR
        for wire in row.wires:
            assert row.make_dialect(channel(wire)).bind("trx", NOW).COMMAND_ID in (0x00000009, 0x00000001)


@pytest.mark.parametrize(("asked", "spoken"), [(0x34, 0x34), (0x50, 0x34), (0x33, 0x33)])
def test_a_forced_version_of_cmpp_is_no_version_of_smpp(asked: int, spoken: int) -> None:
    """An account of both protocols: its SMPP binds keep the parameters of 3.4 (SMPP 3.4 section 3.4)."""
    both = replace(ACCOUNT, cmpp_version=0x20)
    bind = smpp.BindTransceiver("shop", "pw", interface_version=asked)
    dialect = SMPP.sessions.make_dialect(both, SMPP.sessions.read_bind(bind), SMPP.sessions.make_session(Limits(), 0.0))
    assert dialect.version == spoken
    accepted = dialect.bind_accepted(bind)
    assert isinstance(accepted, smpp.BindTransceiverResp) and bool(accepted.tlvs) == (asked >= 0x34)


@pytest.mark.parametrize(("forced", "spoken"), [(0, 0x30), (0x20, 0x20)])
def test_a_forced_version_of_cmpp_settles_session_and_dialect(forced: int, spoken: int) -> None:
    session = CMPP.sessions.make_session(Limits(), 0.0)
    login = CMPP.sessions.read_bind(auth.connect("900001", "888888", 0x30, NOW))
    dialect = CMPP.sessions.make_dialect(replace(ACCOUNT, cmpp_version=forced), login, session)
    assert (dialect.version, session.version) == (spoken, spoken)


def test_a_client_of_a_protocol_that_is_gone_is_quoted_by_number() -> None:
    assert (answer_name("smpp", 0x14), answer_name("cmpp", 8), answer_name("pager", 8)) == (
        "ESME_RMSGQFUL", "FLOW_CONTROL", "8"
    )
