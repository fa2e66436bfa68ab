"""Plans: text and back, what a draw may hold, what a text may not."""

from __future__ import annotations

from dataclasses import fields

import pytest

from gateway.simulator.fault_plan import FaultPlan, PlanError

PROBABILITIES = [field.name for field in fields(FaultPlan) if not field.name.endswith("_s")]


@pytest.mark.parametrize("seed", range(50))
def test_a_drawn_plan_survives_its_own_text(seed: int) -> None:
    plan = FaultPlan.draw(seed)
    assert FaultPlan.parse(str(plan)) == plan == FaultPlan.parse(f"draw:{seed}")


def test_each_fault_is_off_about_half_the_time() -> None:
    plans = [FaultPlan.draw(seed) for seed in range(400)]
    for name in PROBABILITIES:
        off = sum(getattr(plan, name) == 0 for plan in plans)
        assert 140 < off < 260, name


def test_calm_is_the_default_and_says_so() -> None:
    assert FaultPlan() == FaultPlan.calm() == FaultPlan.parse("") == FaultPlan.parse(" calm ")
    assert str(FaultPlan.calm()) == "calm" and FaultPlan.calm().is_calm
    assert not FaultPlan(cut=0.1).is_calm and FaultPlan(late_s=9).is_calm


@pytest.mark.parametrize(
    "text", ["hiccup=0.1", "late", "late=often", "late=1.5", "late=-0.1", "late_s=-1", "draw:x", "late=nan"]
)
def test_what_is_no_plan_is_told(text: str) -> None:
    with pytest.raises(PlanError, match=text.split("=")[0].split(":")[0]):
        FaultPlan.parse(text)
