"""Profiles: the shipped ones, faults all at once, contradictions, cited clauses."""

from __future__ import annotations

import re

import pytest

from gateway.contracts.clauses import clause_of
from gateway.contracts.findings import check_profile
from gateway.contracts.keys import Span, format_span, parse_ppm, parse_span
from gateway.contracts.profile import ProfileError, profile_from_dict, profile_keys, profile_to_dict, revise
from tests.gateway.contracts.shipped import FOLDER, NAMES, S0, S1, S4, profile

CLAUSE = re.compile(r"(?:S[0-4][abc]?A?-[\w.()-]+(?:\[D\])?|D)(?=:|$)")


def test_the_folder_holds_the_eight_profiles() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_profile_has_no_contradiction_that_cannot_run(name: str) -> None:
    assert [finding for finding in check_profile(profile(name)) if finding.severity == "error"] == []


@pytest.mark.parametrize("name", NAMES)
def test_shipped_profile_survives_writing_and_reading(name: str) -> None:
    assert profile_from_dict(profile_to_dict(profile(name)), name=name) == profile(name)


@pytest.mark.parametrize("name", NAMES)
def test_each_key_of_a_shipped_file_names_the_clause_the_code_would_cite(name: str) -> None:
    lines = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        match = re.match(r"(\w+) = .*?(?:  # (.*))?$", line)
        if match is None:
            continue
        comment = match[2] or before.removeprefix("# ")
        cited = CLAUSE.match(comment)
        assert cited, line
        if match[1] in profile_keys():
            assert cited[0] == clause_of(profile(name), match[1]), line


def test_money_is_text_and_becomes_hao() -> None:
    assert S4.packages[0].base_fee == 3_000_000
    assert S0.price == 450
    assert revise(S0, price="0.042").price == 420


def test_all_faults_come_at_once_with_their_paths() -> None:
    bad = {
        "family": "S9",
        "price": 0.045,
        "late_rate": "0.0000001",
        "window": "[21:00,07:00)",
        "bill_singel": 70,
        "max_chars": "500",
        "packages": [{"base_fee": "300.00001"}],
        "complaints": {"allowance": -1},
        "name": "other",
    }
    with pytest.raises(ProfileError) as error:
        profile_from_dict(bad, name="mine")
    paths = {fault.path for fault in error.value.faults}
    assert paths == {
        "family", "price", "late_rate", "window", "bill_singel", "max_chars", "packages.0.base_fee",
        "complaints.allowance", "name",
    }
    assert all(fault.path in str(error.value) for fault in error.value.faults)


def test_a_profile_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        S0.price = 1


def test_revision_is_checked() -> None:
    with pytest.raises(ProfileError, match="bill_single"):
        revise(S0, bill_single=0)


@pytest.mark.parametrize("text", ["[07:00,21:00)", "[00:00,24:00)", "[08:30,21:30)"])
def test_span_text_round_trip(text: str) -> None:
    assert format_span(parse_span(text)) == text


@pytest.mark.parametrize("text", ["07:00-21:00", "[07:00,07:00)", "[07:60,21:00)", "[07:00,24:01)", "(07:00,21:00]"])
def test_span_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"span|clock|empty"):
        parse_span(text)


def test_span_and_rate_values() -> None:
    assert parse_span("[07:00,21:00)") == Span(25_200, 75_600)
    assert parse_ppm("0.003") == 3000


@pytest.mark.parametrize(
    ("family", "subject", "clause"),
    [
        ("prepaid-general", "TIME", "S0-5.5"),
        ("cloud-mas", "TIME", "S0-5.5[D]"),
        ("prepaid-general", "LEN", "S0-4.1a"),
        ("credit-pack", "LEN", "S1-1b"),
        ("ad-batch", "LEN", "S2a-1"),
        ("cloud-mas", "CAP", "S4-11.1"),
        ("enterprise-annual", "charge_on", "S2bA-6"),
        ("quota", "BALANCE", "S3-3.8"),
        ("prepaid-general", "count_unit", "D"),
        ("cloud-mas", "SIGN", "S4-3.9a"),
        ("prepaid-general", "SIGN", "S0-7.3"),
    ],
)
def test_cited_clause(family: str, subject: str, clause: str) -> None:
    assert clause_of(profile(family), subject) == clause


def test_every_key_declares_clauses() -> None:
    assert [name for name, (clauses, text, _) in profile_keys().items() if not (CLAUSE.search(clauses) and text)] == []


CONTRADICTIONS = [
    ({"bill_multi": 71}, "error", "bill_multi"),
    ({"sig_han_min": 9}, "error", "sig_han_min"),
    ({"cap": "100", "cap_notice": "200"}, "error", "cap"),
    ({"pay_mode": "package", "packages": []}, "error", "packages"),
    ({"confirm_wd": 0, "silence": "confirm"}, "error", "silence"),
    ({"split": "none"}, "error", "split"),
    ({"regime": "by_type"}, "error", "service_types"),
    ({"late_from": "cap_day", "due_cap_day": 0}, "error", "late_from"),
    ({"recon_tolerance": "1.01"}, "error", "recon_tolerance"),
    ({"late_rate": "1"}, "error", "late_rate"),
    ({"breach_rate": "1.5"}, "error", "breach_rate"),
    ({"due_rule": "invoice_wd", "due_cap_day": 4}, "error", "due_cap_day"),
    ({"term_months": 1}, "error", "renewal_reminder_months"),
    ({"nonrenew_notice_days": 400}, "error", "nonrenew_notice_days"),
    ({"unsubscribe_suffix": "R" * 500}, "error", "unsubscribe_suffix"),
    ({"max_chars": 70}, "warning", "max_chars"),
    ({"pay_mode": "package", "packages": [{"overage_price": "0"}]}, "warning", "packages"),
    ({"packages": [{}]}, "warning", "packages"),
    ({"price": "0"}, "warning", "price"),
    ({"violation_charge": True}, "warning", "violation_lists"),
    ({"violation_charge": True}, "warning", "charge_on"),
    ({"pay_mode": "postpaid"}, "warning", "due_rule"),
    ({"cap": "100"}, "warning", "cap"),
    ({"test_free": 5}, "warning", "test_free"),
    ({"window_classes": []}, "warning", "window_classes"),
    ({"family": "S3"}, "warning", "allow_marketing"),
    ({"otp_per_hour": 1, "otp_per_minute": 2}, "warning", "otp_per_hour"),
    ({"otp_per_day": 4}, "warning", "otp_per_day"),
    ({"bill_multi": 70}, "warning", "split"),
    ({"count_unit": "code_point"}, "warning", "count_unit"),
    ({"retain_months": 3}, "warning", "retain_months"),
    ({"charge_on": "submitted"}, "warning", "unknown_charge"),
    ({"stop_when": "below_price", "overdraft": "allow_last"}, "warning", "overdraft"),
    ({"sig_inject": "none"}, "warning", "sig_inject"),
    ({"complaints": {"t3_window": "cumulative"}}, "warning", "complaints.t3_window"),
    ({"complaints": {"mo_optin_after_relapses": 1}}, "warning", "complaints.mo_optin_after_relapses"),
]


@pytest.mark.parametrize(("changes", "severity", "named"), CONTRADICTIONS)
def test_contradiction_is_found_and_explained(changes: dict[str, object], severity: str, named: str) -> None:
    def about(found: list) -> list:
        return [f for f in found if named in f.keys and f.severity == severity]

    assert about(check_profile(S0)) == []
    [finding] = about(check_profile(revise(S0, **changes)))
    assert finding.text and finding.clause


def test_known_warnings_of_the_shipped_profiles() -> None:
    assert "retain_months" in {key for finding in check_profile(S1) for key in finding.keys}
    assert "split" in {key for finding in check_profile(S4) for key in finding.keys}


def test_a_fault_names_the_contract() -> None:
    with pytest.raises(ProfileError, match="own-contract") as error:
        profile_from_dict({"bill_single": "many"}, name="own-contract")
    assert "bill_single" in {fault.path for fault in error.value.faults}
