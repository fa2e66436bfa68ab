"""Each kind of fault, by one changed line: file, line, key, and words that the sentence must hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.settings import SettingsError, load
from tests.gateway.settings.setup import FILES, edited, faults, read, write

H, C, A, B = "hongyan.toml", "carriers/c.toml", "accounts/a.toml", "accounts/b.toml"
P, D = "contracts/prepaid-general.toml", "data/prefixes.toml"
LOGIN_A, LOGIN_B = 'login = "shop"', 'login = "106901"'

# file | what is replaced | by what | line | key | words of the sentence
ONE_LINE = [
    # hongyan.toml: kinds, bounds, unknown keys
    (H, 'name = "one"', 'nmae = "one"', 2, "node.nmae", "no such key; did you mean name?"),
    (H, "[node]", "[nodes]", 1, "nodes", "did you mean node?"),
    (H, 'name = "one"', "number = 65536", 2, "node.number", "less than or equal to 65535"),
    (H, 'name = "one"', "number = true", 2, "node.number", "integer"),
    (H, 'name = "one"', "drain_timeout_s = nan", 2, "node.drain_timeout_s", "finite"),
    (H, 'name = "one"', 'name = "a b"', 2, "node.name", "form"),
    (H, "port = 2775", 'host = "127.0.0.1"', 3, "listeners.smpp.port", "missing"),
    (H, "port = 2775", "port = 2775\nconections_max = 3", 5, "listeners.smpp.conections_max", "mean connections_max?"),
    (H, "port = 8080", "port = 7890", 8, "admin.port", "listeners.cmpp listens on port 7890 too"),
    (H, "port = 8080", 'port = 2775\nhost = "0.0.0.0"', 8, "admin.port", "listeners.smpp listens on port 2775 too"),
    (H, "[admin]", "[listeners.smpp_tls]\nport=1\ncertificate_file='x.pem'\nkey_file='hongyan.toml'\n[admin]", 9,
     "listeners.smpp_tls.certificate_file", "there is no file"),
    (H, "[admin]", "[database]\ndsn = 'postgresql:///x'\ndsn_file = 'hongyan.toml'\n[admin]", 7, "database", "one of"),
    (H, "[admin]", "[database.embedded]\nsettings = { fsync = false }\n[admin]", 8,
     "database.embedded.settings.fsync", "string"),
    # carriers
    (C, 'wire = "smpp34"', 'wire = "smpp33"', 2, "channels.north.wire", "'smpp34', 'cmpp20' or 'cmpp30'"),
    (C, "[channels.south]", '[channels."far south"]', 7, "channels.far south", "is no name"),
    (C, "port = 3775", "port = 0", 5, "channels.north.links[0].port", "greater than or equal to 1"),
    (C, 'links = [{ host = "127.0.0.1", port = 3775 }]', "links = []", 5, "channels.north.links", "at least 1"),
    (C, '"@near"', '"@naer"', 6, "channels.north.prefixes[0]", "did you mean 'near'?"),
    (C, '"86"', '"+86"', 6, "channels.north.prefixes[1]", "neither up to 15 digits nor @group"),
    (C, '"86"', '"８６"', 6, "channels.north.prefixes[1]", "neither up to 15 digits nor @group"),
    (C, 'login = "901234"', 'login = "90123"', 9, "channels.south.login", "six characters"),
    (C, 'wire = "cmpp30"', 'wire = "cmpp30"\nbind_mode = "tx+rx"', 9, "channels.south.bind_mode", "trx"),
    (C, "port = 8890", "port = 8890, tls = true", 11, "channels.south.links[0].tls", "not spoken in TLS"),
    (C, "port = 3775", "port = 3775, count = 5", 1, "channels.north.binds_max", "5 binds, more than 4"),
    (C, 'wire = "smpp34"', "wire = 'smpp34'\nwindow_max = 0", 3, "channels.north.window_max", "or equal to 1"),
    (C, 'wire = "smpp34"', "wire = 'smpp34'\nreconnect_max_s = 0.5", 3, "channels.north.reconnect_max_s", "shorter"),
    (C, 'wire = "smpp34"', "wire = 'smpp34'\ncontract = 'x'", 3, "channels.north.contract", "no contract 'x'"),
    (C, 'wire = "smpp34"', "wire = 'smpp34'\nquirks.id_bse = 'text'", 3, "channels.north.quirks.id_bse", "id_base?"),
    (C, 'wire = "smpp34"', "wire = 'smpp34'\nservice_code = '1069x'", 3, "channels.north.service_code", "form"),
    # accounts
    (A, LOGIN_A, f"{LOGIN_A}\nwindw_max = 3", 3, "accounts.shop.windw_max", "did you mean window_max?"),
    (A, LOGIN_A, f"{LOGIN_A}\nwindow_max = 0", 3, "accounts.shop.window_max", "greater than or equal to 1"),
    (A, LOGIN_A, f"{LOGIN_A}\ncontract = 'prepaid-genral'", 3, "accounts.shop.contract", "'prepaid-general'?"),
    (A, '"north"', '"nroth"', 6, "accounts.shop.routes[0]", "did you mean 'north'?"),
    (A, 'password = "secret01"\n', "", 1, "accounts.shop.password", "missing"),
    (A, LOGIN_A, f"{LOGIN_A}\npassword_file = 'hongyan.toml'", 4, "accounts.shop.password", "one of"),
    (A, 'password = "secret01"', 'password = "secret012"', 3, "accounts.shop.password", "at most 8 characters"),
    (A, 'password = "secret01"', 'password_file = "none"', 3, "accounts.shop.password_file", "there is no file"),
    (A, 'password = "secret01"', f'password_file = "{"x" * 300}"', 3, "accounts.shop.password_file", "too long"),
    (A, 'password = "secret01"', 'password_file = "a\\u0000"', 3, "accounts.shop.password_file", "no path"),
    (A, 'password = "secret01"', 'password_file = "accounts"', 3, "accounts.shop.password_file", "there is no file"),
    (A, 'password = "secret01"', 'password_credential = "x"', 3, "accounts.shop.password_credential", "gave no"),
    (A, '["smpp"]', "[]", 4, "accounts.shop.protocols", "at least 1"),
    (A, '["smpp"]', '["cmpp"]', 2, "accounts.shop.login", "six characters"),
    (A, '["smpp"]', '["sgip"]', 4, "accounts.shop.protocols[0]", "'smpp', 'cmpp' or 'http'"),
    (A, LOGIN_A, f"{LOGIN_A}\nquirks = ['plain_refusals']", 3, "accounts.shop.quirks", "take it out"),
    (A, LOGIN_A, f"{LOGIN_A}\nrefusal_statuses = {{CONTENTS = 0x45}}", 3, "accounts.shop.refusal_statuses",
     "no reject key 'CONTENTS'"),
    (A, LOGIN_A, f"{LOGIN_A}\nrefusal_statuses = {{CONTENT = 0}}", 3, "accounts.shop.refusal_statuses", "refuses"),
    (A, LOGIN_A, f"{LOGIN_A}\nrefusal_statuses = {{CONTENT = 0x46}}", 3, "accounts.shop.refusal_statuses", "0x46"),
    (A, LOGIN_A, f"{LOGIN_A}\nrefusal_statuses = {{OTHERS = 0x500}}", 3, "accounts.shop.refusal_statuses", "0x500"),
    (A, LOGIN_A, f"{LOGIN_A}\nrefusal_results = {{CONTENT = 200}}", 3, "accounts.shop.refusal_results", "1 to 199"),
    (A, LOGIN_A, f"{LOGIN_A}\nrefusal_results = {{OTHERS = 0}}", 3, "accounts.shop.refusal_results", "OTHERS = 0"),
    (A, LOGIN_A, f"{LOGIN_A}\nnetworks = ['10.0.0.1/8']", 3, "accounts.shop.networks[0]", "host bits"),
    (A, LOGIN_A, f"{LOGIN_A}\nprice_yuan = 0.042", 3, "accounts.shop.price_yuan", "write it as text"),
    (A, LOGIN_A, f"{LOGIN_A}\nprice_yuan = '0.00001'", 3, "accounts.shop.price_yuan", "finer"),
    (A, LOGIN_A, f"{LOGIN_A}\nservice_ids = ['A']\ntriggered_service_ids = ['B']", 4,
     "accounts.shop.triggered_service_ids", "'B' is not among"),
    (A, '"示例商城"', "", 5, "accounts.shop.signatures", "needs at least one"),
    (A, '"示例商城"', '"【商城】"', 5, "accounts.shop.signatures[0]", "form"),
    (A, '"示例商城"', '"商城"', 5, "accounts.shop.signatures[0]", "3 to 8"),
    (A, '"10690001"', '"10690001x"', 8, "accounts.shop.service_codes[0].code", "form"),
    (A, '"10690001"', f'"{"1" * 21}"', 8, "accounts.shop.service_codes[0].code", "form"),
    (A, '"10690001"', '"10690001"\ndigits_max = 7', 9, "accounts.shop.service_codes[0].digits_max", "has 8 digits"),
    (A, '"10690001"', '"10690001"\nvalid_from = "2026-02-30"', 9, "accounts.shop.service_codes[0].valid_from", "day"),
    (A, '"10690001"', '"10690001"\nvalid_from = 2026-02-02\nvalid_to = 2026-02-01', 10,
     "accounts.shop.service_codes[0].valid_to", "before valid_from"),
    # between files
    (B, '"10690002"', '"10690001"', 7, "accounts.bank.service_codes[0].code", "account shop owns this code"),
    (B, "[accounts.bank]", '[accounts.al]\nlogin="106901"\npassword="x"\nsignature_mode="none"\nprotocols=["cmpp"]\n'
     "[accounts.bank]", 7, "accounts.bank.login", "account al has this CMPP login too"),
    # contracts and data
    (P, 'family = "S0"', 'family = "S0"\nprise = "1"', 2, "prise", "did you mean price?"),
    (P, 'family = "S0"', 'family = "S0"\nbill_multi = 71', 2, "bill_multi", "more than a single one"),
    (P, 'family = "S0"', 'title = "x"', 0, "family", "required"),
    (D, '"136"', '"13x"', 2, "groups.near[1]", "form"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "key", "words"), ONE_LINE, ids=lambda each: str(each)[:40])
def test_fault_is_told_with_file_line_and_key(
    tmp_path: Path, file: str, old: str, new: str, line: int, key: str, words: str
) -> None:
    found = faults(tmp_path, edited(file, old, new))
    assert [(fault.file, fault.line, fault.key) for fault in found] == [(file, line, key)]
    assert words in found[0].problem


# content | line | words: what cannot be parsed at all
BROKEN = [
    (b"[node]\nname = \n", 2, "is no TOML"),
    (b"[node]\nname = 'x'\nname = 'y'\n", 3, "overwrite"),
    (b"[node\n", 1, "is no TOML"),
    (b"[node]\nname = '''x\ny", 3, "is no TOML"),
    (b"[node]\nname = '\xff'\n", 2, "UTF-8"),
    (b"x = " + b"[" * 20_000, 0, "is no usable TOML"),
    (b"x = " + b"9" * 5_000, 0, "is no usable TOML"),
    (b"#" * (4 * 1024 * 1024 + 1), 0, "longer than"),
]


@pytest.mark.parametrize(("content", "line", "words"), BROKEN, ids=lambda each: str(each)[:30])
def test_what_is_no_toml_is_one_fault(tmp_path: Path, content: bytes, line: int, words: str) -> None:
    (found,) = faults(tmp_path, {"hongyan.toml": content})
    assert (found.file, found.line, found.key) == ("hongyan.toml", line, "")
    assert words in found.problem


def test_a_broken_file_does_not_make_others_look_wrong(tmp_path: Path) -> None:
    found = faults(tmp_path, {C: "[channels.north"})
    assert [fault.file for fault in found] == [C]  # the account's route to north is not held against it


def test_a_faulty_channel_still_is_a_name(tmp_path: Path) -> None:
    found = faults(tmp_path, edited(C, 'wire = "smpp34"', ""))
    assert [fault.key for fault in found] == ["channels.north.wire"]


def test_one_name_in_two_files(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"accounts/z.toml": FILES[A]})
    assert (found.file, found.line, found.key) == ("accounts/z.toml", 1, "accounts.shop")
    assert "taken" in found.problem and A in found.problem


def test_all_faults_come_at_once_in_order(tmp_path: Path) -> None:
    changes = edited(H, "port = 2775", "port = 'x'") | edited(C, '"86"', '"x"') | edited(A, LOGIN_A, "") | {P: "x = 1"}
    found = faults(tmp_path, changes)
    assert [(each.file, each.key) for each in found] == [
        (A, "accounts.shop.login"),
        (C, "channels.north.prefixes[1]"),
        (P, "family"),
        (P, "x"),
        (H, "listeners.smpp.port"),
    ]


def test_forms_for_people_and_programs(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, edited(H, "port = 2775", "port = 'x'"))
    (fault,) = caught.value.faults
    assert str(caught.value) == f"{tmp_path}/hongyan.toml:4: listeners.smpp.port: {fault.problem}"
    assert json.loads(json.dumps(caught.value.as_dicts())) == [
        {"file": f"{tmp_path}/hongyan.toml", "line": 4, "key": "listeners.smpp.port", "problem": fault.problem}
    ]


def test_missing_directory_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no directory"):
        load(tmp_path / "nowhere")
    write(tmp_path)
    (tmp_path / H).unlink()
    with pytest.raises(SettingsError, match=r"hongyan\.toml: cannot be read"):
        load(tmp_path)


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    secret = "correct horse"
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, edited(A, '"secret01"', f'"{secret}"'))
    assert secret not in str(caught.value)
    assert "secret01" not in repr(read(tmp_path))
