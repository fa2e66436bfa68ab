"""Two totals for one month: whose figure is paid, how long the other is looked at, what sets it right."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.profile import Profile, revise
from gateway.contracts.reconcile import MonthDifference, adjustment_hao, reconcile
from tests.gateway.contracts.shipped import S0, S0_POST, S4, profile

S3 = profile("quota")
TOTALS = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("contract", "provider", "client", "expected"),
    [
        # Scenario 29, S0-4.3: 3 % holds, more does not; the undisputed part is paid while three working days are spent.
        (S0, 100_000, 97_000, MonthDifference(Decimal("3.000"), True, 100_000, None, "S0-4.3")),
        (S0, 100_000, 96_999, MonthDifference(Decimal("3.001"), False, 96_999, 3, "S0-4.3")),
        (S0_POST, 96_999, 100_000, MonthDifference(Decimal("3.094"), False, 96_999, 3, "S0-4.3")),
        (S0, 100_000, 103_000, MonthDifference(Decimal("3.000"), True, 100_000, None, "S0-4.3")),
        # S4-5.6, S4-5.7: 5 % of the provider's total; settlement goes on by the provider's figure.
        (S4, 100_000, 95_000, MonthDifference(Decimal("5.000"), True, 100_000, None, "S4-5.6")),
        (S4, 100_000, 94_999, MonthDifference(Decimal("5.001"), False, 100_000, 10, "S4-5.6")),
        (S4, 94_999, 100_000, MonthDifference(Decimal("5.264"), False, 94_999, 10, "S4-5.6")),
        # S3-3.7: the provider's figure is the bill.
        (S3, 100_000, 1, MonthDifference(Decimal("99.999"), True, 100_000, None, "S3-3.7")),
        (S0, 0, 0, MonthDifference(Decimal("0.000"), True, 0, None, "S0-4.3")),
        (S0, 0, 1, MonthDifference(Decimal("100.000"), False, 0, 3, "S0-4.3")),
        (revise(S0, recon_base="client_total"), 103, 100, MonthDifference(Decimal("3.000"), True, 103, None, "S0-4.3")),
        (revise(S0, recon_base="client_total"), 5, 0, MonthDifference(Decimal("100.000"), False, 0, 3, "S0-4.3")),
        (S0, 80_000, 79_999, MonthDifference(Decimal("0.001"), True, 80_000, None, "S0-4.3")),  # 0.00125 %
    ],
)
def test_what_the_contract_says_of_two_totals(
    contract: Profile, provider: int, client: int, expected: MonthDifference
) -> None:
    assert reconcile(contract, provider, client) == expected


@pytest.mark.parametrize(("provider", "client"), [(-1, 0), (0, -1)])
def test_a_total_is_never_negative(provider: int, client: int) -> None:
    with pytest.raises(ValueError, match=f"a total is negative: {provider} and {client}"):
        reconcile(S0, provider, client)


@given(provider=TOTALS, client=TOTALS)
def test_no_more_is_paid_than_the_provider_asks(provider: int, client: int) -> None:
    for contract in (S0, S4, S3):
        found = reconcile(contract, provider, client)
        assert found.settled in (provider, min(provider, client))
        assert found.is_within == (found.recheck_wd is None)
        assert found.settled == provider or not found.is_within


def test_the_truth_is_set_right_on_the_next_statement() -> None:
    """Scenario 29: 96,999 paid, truth 98,500, at 0.04 yuan: 60.04. Lines are whole 0.01 yuan."""
    assert adjustment_hao(96_999, 98_500, 400) == 600_400
    assert adjustment_hao(98_500, 96_999, 400) == -600_400
    assert adjustment_hao(1_000_000, 1_000_149) == 100
    assert adjustment_hao(1_000_000, 1_000_150) == 200
