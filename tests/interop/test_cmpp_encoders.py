"""CMPP as two clients that nobody here wrote make and read it: pycmpp 2.0.2 (2.x layouts) and cmppy 0.3 (3.0)."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from protocols.cmpp.auth import is_source_digest, ismg_digest
from protocols.cmpp.codec import CMPP20, CMPP30
from protocols.cmpp.pdus import Connect, ConnectResp, Submit, SubmitResp

Require = Callable[[object, str], None]
PREFIX = os.environ.get("HONGYAN_CMPP_PEERS", "")
TEXT = "您的验证码是 482913，五分钟内有效。"


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch, foreign: Require) -> Iterator[Callable[[str], ModuleType]]:
    """Import a module of a foreign client from where .ci/run put it, and forget it afterwards."""
    foreign(PREFIX and os.path.isdir(PREFIX), "a directory with pycmpp and cmppy (HONGYAN_CMPP_PEERS)")
    monkeypatch.syspath_prepend(PREFIX)
    yield importlib.import_module
    for name in [name for name in sys.modules if name.split(".")[0] in ("pycmpp", "cmppy")]:
        del sys.modules[name]


def test_a_2x_client_proves_its_secret(peer: Callable[[str], ModuleType]) -> None:
    frame = peer("pycmpp.request").ConnectRequestInstance().create("106901", "secret01")
    connect = CMPP20.decode(frame)
    assert isinstance(connect, Connect)
    assert (connect.source_addr, connect.version) == ("106901", 0x21)
    assert is_source_digest(connect.authenticator_source, "106901", "secret01", connect.timestamp)
    assert not is_source_digest(connect.authenticator_source, "106901", "secret02", connect.timestamp)


def test_a_30_client_proves_its_secret(peer: Callable[[str], ModuleType]) -> None:
    connect = CMPP30.decode(peer("cmppy.request").ConnectReq("106901", "secret01").message)
    assert isinstance(connect, Connect)
    assert connect.version == 0x30
    assert is_source_digest(connect.authenticator_source, "106901", "secret01", connect.timestamp)


def test_a_2x_submit_means_what_its_author_meant(peer: Callable[[str], ModuleType]) -> None:
    frame = peer("pycmpp.request").SubmitRequestInstance().create(
        msg_src="106901", msg_content=TEXT, dest_terminal_id=["13800000001", "13800000002"],
        src_id="1069012345", registered_delivery=1,
    )
    submit = CMPP20.decode(frame)
    assert isinstance(submit, Submit)
    assert (submit.msg_src, submit.src_id, submit.registered_delivery) == ("106901", "1069012345", 1)
    assert list(submit.dest_terminal_id) == ["13800000001", "13800000002"]
    assert (submit.msg_fmt, submit.msg_content.decode("utf-16-be")) == (8, TEXT)
    assert CMPP20.encode(submit, submit.sequence) == frame


def test_a_30_submit_means_what_its_author_meant(peer: Callable[[str], ModuleType]) -> None:
    request = peer("cmppy.request").SubmitReq(
        "106901", TEXT, src_id="1069012345", dest_terminal_id=["13800000001"], service_id="MI", feecode="000000"
    )
    submit = CMPP30.decode(request.message)
    assert isinstance(submit, Submit)
    assert (submit.src_id, submit.service_id, submit.fee_code) == ("1069012345", "MI", "000000")
    assert list(submit.dest_terminal_id) == ["13800000001"]
    assert submit.msg_content.decode("utf-16-be") == TEXT
    assert CMPP30.encode(submit, submit.sequence) == request.message


def test_our_2x_answers_are_read_by_their_client(peer: Callable[[str], ModuleType]) -> None:
    response = peer("pycmpp.response")
    bound = response.ConnectResponseInstance()
    digest = ismg_digest(0, bytes(16), "secret01", status_octets=1)
    bound.resolve(CMPP20.encode(ConnectResp(status=0, authenticator_ismg=digest, version=0x20), 7))
    assert (bound.seq_id, bound.status, bound.authenticator_ISMG, bound.version) == (7, 0, digest, 0x20)
    answered = response.SubmitResponseInstance()
    answered.resolve(CMPP20.encode(SubmitResp(msg_id=(1 << 63) + 5, result=8), 0xFFFFFFFF))
    assert (answered.seq_id, answered.msg_id, answered.status) == (0xFFFFFFFF, (1 << 63) + 5, 8)


def test_our_30_answers_are_read_by_their_client(peer: Callable[[str], ModuleType]) -> None:
    parse = peer("cmppy.response").parse_response
    bound = parse(CMPP30.encode(ConnectResp(status=3, authenticator_ismg=bytes(16), version=0x30), 7))
    assert (bound.sequence, bound.status, bound.version) == (7, 3, 0x30)
    answered = parse(CMPP30.encode(SubmitResp(msg_id=(1 << 63) + 5, result=8), 9))
    assert (answered.sequence, answered.msg_id, answered.result) == (9, (1 << 63) + 5, 8)
