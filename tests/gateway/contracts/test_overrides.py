"""Keys of a contract changed on a command line: read as text or as TOML, every fault at once."""

from __future__ import annotations

import pytest

from gateway.contracts.overrides import override
from gateway.contracts.profile import ProfileError
from tests.gateway.contracts.shipped import S0, S4


def test_a_value_is_read_as_the_key_takes_it() -> None:
    changed = override(S4, ["complaints.week_limit=12", " bill_single = 71", 'sig_pos="suffix"', "window_mode=reject"])
    assert (changed.complaints.week_limit, changed.bill_single, changed.sig_pos) == (12, 71, "suffix")
    assert changed.window_mode == "reject" and changed.name == S4.name
    assert S4.complaints.week_limit == 10, "the contract itself stays"


def test_every_fault_is_told_and_those_behind_it_are_looked_at() -> None:
    with pytest.raises(ProfileError) as caught:
        override(S0, ["bill_single", "=3", "bill_single=many", "no_such=1", "bill_single.deeper=1"])
    faults = {fault.path: fault.problem for fault in caught.value.faults}
    assert [fault.path for fault in caught.value.faults] == [
        "bill_single", "=3", "bill_single", "no_such", "bill_single.deeper",
    ]
    assert faults["=3"] == "write it as key=value"
    assert faults["bill_single.deeper"] == "no such key"
    assert S0.name in str(caught.value)


def test_a_fault_leaves_no_trace_in_what_comes_behind_it() -> None:
    with pytest.raises(ProfileError) as caught:
        override(S0, ["bill_single=many", "bill_multi=66"])
    assert [fault.path for fault in caught.value.faults] == ["bill_single"]
