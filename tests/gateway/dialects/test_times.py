"""A time that is taken can be written to every carrier; one that cannot is refused where it comes in.

The form is SMPP's (3.4 7.1.1; CMPP says "SMPP 3.3 time"): years of two digits, 00 to 37 are 20xx (annex C). A
refusal is SCHED, 0x61 and 62, or VALIDITY, 0x62 and 61 (the table of reject keys).
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.dialects.submit_times import LAST_AT, moment
from gateway.domain.message import Submission
from gateway.domain.verdict import Key, Reject
from protocols.cmpp import pdus as cmpp
from protocols.smpp import pdus as smpp
from protocols.smpp import tlv
from protocols.smpp.times import CHINA_OFFSET_S, Absolute, format_absolute, parse_time
from tests.gateway.dialects.samples import ACCOUNT, NOW

END_2037_IN_CHINA = 2_145_916_799 - CHINA_OFFSET_S
QOS_TIME_TO_LIVE = tlv.TAGS[0x0017]
TOO_LATE = ("991231235959000R", "380000000000000R", "371231235959900-", "371231235959948-", "160000000000000R")
IN_TIME = ("371231235959932+", "371231235959948+", "100000000000000R", "000000000001000R")
SMPP, CMPP = SmppClientDialect(ACCOUNT), {version: CmppClientDialect(ACCOUNT, version) for version in (0x20, 0x30)}


def test_the_last_moment_is_the_end_of_2037_in_china() -> None:
    assert LAST_AT == END_2037_IN_CHINA + 0.9
    assert format_absolute(LAST_AT, CHINA_OFFSET_S) == "371231235959932+"
    with pytest.raises(ValueError, match="2038"):
        format_absolute(LAST_AT + 0.1, CHINA_OFFSET_S)


@given(
    st.one_of(
        st.from_regex(r"\A[0-9]{15}[-+R]\Z"),
        st.builds("{:02d}{:02d}{:02d}{:02d}{:02d}{:02d}{}{:02d}{}".format, st.integers(0, 99), st.integers(0, 99),
                  st.integers(0, 99), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 9),
                  st.integers(0, 48), st.sampled_from("+-R")),
    ),
    st.floats(0.0, 1.0, exclude_max=True),
)
@example("371231235959932+", 0.0)
@example("111009000000000R", 0.96)
def test_what_is_read_can_be_written(text: str, fraction: float) -> None:
    at = moment(text, NOW + fraction)
    if isinstance(at, float | int) and at > 0:  # what lies before 1938 has passed, and is refused for that
        read = parse_time(format_absolute(at, CHINA_OFFSET_S))
        assert isinstance(read, Absolute)
        assert abs(read.at - at) <= 0.051


def requests(field: str, text: str) -> list[tuple[Any, Any]]:
    """The same time in every request of either protocol that has it, and the dialect that reads it."""
    cmpp_field = {"validity_period": "valid_time", "schedule_delivery_time": "at_time"}[field]
    made: list[tuple[Any, Any]] = [
        (SMPP, smpp.SubmitSm(short_message=b"x", destination_addr="13800138000", **{field: text})),
        (SMPP, smpp.SubmitMulti(short_message=b"x", dest_address=(smpp.SmeAddress(1, 1, "13800138000"),),
                                **{field: text})),
    ]
    return made + [
        (CMPP[version], cmpp.Submit(msg_content=b"x", dest_terminal_id=numbers, **{cmpp_field: text}))
        for version in CMPP for numbers in (("13800138000",), ("13800138000", "13800138001"))
    ]


@pytest.mark.parametrize("text", TOO_LATE)
@pytest.mark.parametrize(("field", "key"), [("validity_period", Key.VALIDITY), ("schedule_delivery_time", Key.SCHED)])
def test_a_time_that_no_carrier_can_be_told_is_refused(field: str, key: Key, text: str) -> None:
    for dialect, pdu in requests(field, text):
        refusal = dialect.read_submit(pdu, NOW)
        assert isinstance(refusal, Reject), pdu
        assert refusal.key is key
        answer = dialect.refused(pdu, refusal)
        told = answer.result if isinstance(pdu, cmpp.Submit) else answer.status
        assert told == ((62 if key is Key.SCHED else 61) if isinstance(pdu, cmpp.Submit) else key.smpp_status)
    replaced = SMPP.read_replace(smpp.ReplaceSm("77", short_message=b"x", **{field: text}), NOW)
    assert isinstance(replaced, Reject)
    assert (replaced.key, replaced.key.smpp_status) == (key, 0x61 if key is Key.SCHED else 0x62)


@pytest.mark.parametrize("text", IN_TIME)
@pytest.mark.parametrize("field", ["validity_period", "schedule_delivery_time"])
def test_a_time_in_reach_is_read(field: str, text: str) -> None:
    for dialect, pdu in requests(field, text):
        found = dialect.read_submit(pdu, NOW)
        assert isinstance(found, Submission | list), found


@pytest.mark.parametrize("lifetime_s", [1, 86_400, int(LAST_AT - NOW), int(LAST_AT - NOW) + 1, 2**31, 2**32 - 1])
def test_a_lifetime_of_data_sm_has_the_same_end(lifetime_s: int) -> None:
    pdu = smpp.DataSm(destination_addr="13800138000", tlvs=QOS_TIME_TO_LIVE.of(lifetime_s))
    found = SMPP.read_submit(pdu, NOW)
    if NOW + lifetime_s > LAST_AT:
        assert isinstance(found, Reject)
        assert found.key is Key.VALIDITY
    else:
        assert isinstance(found, Submission)
        assert found.expires_at == NOW + lifetime_s
