"""What a valid configuration becomes: the shipped one, defaults, secrets, paths, groups."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.contracts.profile import Profile
from gateway.dialects.cmpp.protocol_rows import CMPP30
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import Account
from gateway.domain.channel import Channel, LinkAddress, Quirks
from gateway.settings import load, reference
from tests.gateway.settings.setup import FILES, SHIPPED, edited, faults, read, write

A, C, H = "accounts/a.toml", "carriers/c.toml", "hongyan.toml"
PROFILES = {
    "prepaid-general", "postpaid-general", "credit-pack", "ad-batch", "enterprise-annual", "dedicated-line", "quota",
    "cloud-mas",
}


def test_shipped_configuration_is_the_promised_set_up() -> None:
    settings = load(SHIPPED, environ={})
    assert {name: listener.port for name, listener in settings.listeners.items()} == {"smpp": 2775, "cmpp": 7890}
    assert {name: listener.port for name, listener in settings.listeners.http_items()} == {"http": 8088}
    assert (settings.admin.host, settings.admin.port) == ("127.0.0.1", 8080)
    logins = {(a.login, a.password, *sorted(a.protocols)) for a in settings.accounts.values()}
    assert logins == {("smppdemo", "secret01", "http", "smpp"), ("106901", "secret01", "cmpp")}
    links = {(channel.wire, link.tcp_port) for channel in settings.channels.values() for link in channel.addresses}
    assert links == {(SMPP34, 3775), (CMPP30, 8890)}
    assert set(settings.profiles) == PROFILES
    assert settings.database.dsn is None
    assert settings.state_dir == SHIPPED.parent / "state"


def test_shipped_hongyan_toml_shows_every_key_with_its_default() -> None:
    """A key that is written down to be seen has the default, but for what makes this set-up what it is."""
    text = (SHIPPED / H).read_text()
    settings = load(SHIPPED, environ={})
    sections = [settings.node, settings.listeners.smpp, settings.listeners.http, settings.database, settings.limits]
    for section in [*sections, settings.telemetry, settings.admin, settings.mail, settings.notices]:
        assert section is not None
        for name, info in type(section).model_fields.items():
            key = info.alias or name
            assert f"\n{key} = " in text or f"\n# {key} = " in text or f"\n[database.{key}]" in text, key
            if not info.is_required() and name not in ("host",):
                assert getattr(section, name) == info.get_default(call_default_factory=True, validated_data={}), key


@pytest.mark.parametrize("folder", ["accounts", "carriers"])
def test_shipped_tables_comment_every_key(folder: str) -> None:
    keys = {"accounts": reference.account_keys.AccountKeys, "carriers": reference.channel_keys.ChannelKeys}[folder]
    text = "".join(path.read_text() for path in (SHIPPED / folder).glob("*.toml"))
    missing = [name for name in keys.model_fields if f"{name} = " not in text and f".{name}]" not in text]
    assert missing == []


def test_an_account_has_the_defaults_of_the_domain(tmp_path: Path) -> None:
    accounts = read(tmp_path).accounts
    given = {"name": "shop", "login": "shop", "password": "secret01", "protocols": frozenset({"smpp"})}
    given |= {"signatures": ("示例商城",), "routes": ("north",), "service_codes": accounts["shop"].service_codes}
    assert accounts["shop"] == Account(**given)


def test_a_channel_has_the_defaults_of_the_domain(tmp_path: Path) -> None:
    channel = read(tmp_path).channels["north"]
    assert channel == Channel(
        "north", SMPP34, "us", "secret01", (LinkAddress("127.0.0.1", 3775),), prefixes=("135", "136", "86")
    )


def test_every_field_of_the_domain_can_be_configured() -> None:
    def fields(kind: type) -> set[str]:
        return {field.name for field in dataclasses.fields(kind)}

    def keys(kind: type) -> set[str]:
        return {name.replace("_yuan", "_hao") for name in kind.model_fields}

    accounts, channels = reference.account_keys, reference.channel_keys
    assert fields(Account) - keys(accounts.AccountKeys) == {"name"}
    assert fields(Channel) - keys(channels.ChannelKeys) == {"name", "addresses"}  # the key is `links`
    assert fields(Quirks) == keys(channels.QuirkKeys)
    assert fields(LinkAddress) ^ keys(channels.LinkKeys) == {"port", "tcp_port"}  # the key is `port`


def test_configured_values_arrive(tmp_path: Path) -> None:
    lines = """login = "shop"
price_yuan = "0.042"
opening_balance_yuan = "12.5"
networks = ["192.0.2.0/24", "2001:db8::/32"]
cmpp_version = "2.0"
bind_modes = ["tx"]
window_max = 7
unknown_policy = "resend_once"
refusal_statuses = {CONTENT = 0x45, SIGN = 0x450}
refusal_results = {OTHERS = 9}
quirks = ["long_password"]"""
    account = read(tmp_path, edited(A, 'login = "shop"', lines)).accounts["shop"]
    assert (account.price_hao, account.opening_balance_hao, account.cmpp_version) == (420, 125_000, 0x20)
    assert account.networks == (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert (account.bind_modes, account.window_max, account.quirks) == ({"tx"}, 7, {"long_password"})
    assert account.unknown_policy == "resend_once"
    assert account.refusal_statuses == {"CONTENT": 0x45, "SIGN": 0x450}
    assert account.refusal_results == {"OTHERS": 9}


def test_window_defaults_come_from_the_limits(tmp_path: Path) -> None:
    limits = "[limits]\nsession_window_max = 33\nlink_window_max = 44\n[admin]"
    settings = read(tmp_path, edited(H, "[admin]", limits))
    assert {account.window_max for account in settings.accounts.values()} == {33}
    assert {channel.window_max for channel in settings.channels.values()} == {44}


def test_secrets_come_from_files_and_credentials(tmp_path: Path) -> None:
    write(tmp_path / "config", edited(A, 'password = "secret01"', 'password_file = "../shop"'))
    changes = edited("accounts/b.toml", 'password = "secret01"', 'password_credential = "bank"')
    changes |= edited(H, "[admin]", '[database]\ndsn_credential = "dsn"\n[admin]') | edited(
        A, 'password = "secret01"', 'password_file = "../shop"'
    )
    (tmp_path / "shop").write_text("s3cret\n")
    (tmp_path / "bank").write_text("other")
    (tmp_path / "dsn").write_text("postgresql:///x\n")
    settings = read(tmp_path / "config", changes, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert settings.accounts["shop"].password == "s3cret"
    assert settings.accounts["bank"].password == "other"
    assert settings.database.dsn == "postgresql:///x"


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b"\n", "empty"), (b"\xff", "UTF-8"), (b"x" * 5000, "too long")]
)
def test_a_secret_file_must_hold_a_secret(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "shop").write_bytes(content)
    found = faults(tmp_path, edited(A, 'password = "secret01"', 'password_file = "shop"'))
    assert [each.key for each in found] == ["accounts.shop.password_file"]
    assert words in found[0].problem


@pytest.mark.parametrize("name", ["../shop", "", ".", "a/b"])
def test_a_credential_is_a_plain_name(tmp_path: Path, name: str) -> None:
    changes = edited(A, 'password = "secret01"', f'password_credential = "{name}"')
    found = faults(tmp_path, changes, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert ["no name of a credential" in each.problem for each in found] == [True]


def test_state_directory_as_configured_else_as_systemd_says_else_beside(tmp_path: Path) -> None:
    config = tmp_path / "config"
    given = edited(H, 'name = "one"', 'state_dir = "data"')
    environ = {"STATE_DIRECTORY": "/var/lib/hongyan:/other"}
    assert read(config, given, environ).state_dir == config / "data"
    assert read(config, {}, environ).state_dir == Path("/var/lib/hongyan")
    assert read(config, {}, {}).state_dir == tmp_path / "state"


def test_profiles_are_profiles_by_file_name(tmp_path: Path) -> None:
    profiles = read(tmp_path, {"contracts/own.toml": 'family = "S2a"\nprice = "0.05"\n'}).profiles
    assert set(profiles) == {"prepaid-general", "own"}
    assert isinstance(profiles["own"], Profile)
    assert (profiles["own"].name, profiles["own"].price) == ("own", 500)


def test_data_may_be_left_out_where_nothing_refers_to_it(tmp_path: Path) -> None:
    write(tmp_path, edited(C, '"@near", ', ""))
    (tmp_path / "data" / "prefixes.toml").unlink()
    assert load(tmp_path, environ={}).prefix_groups == {}


def test_other_files_are_not_read(tmp_path: Path) -> None:
    assert read(tmp_path, {"accounts/a.toml~": "x", "accounts/notes.md": "y"}) == read(tmp_path)
    assert set(FILES) <= {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}


def test_the_page_of_all_keys_is_up_to_date() -> None:
    page = SHIPPED.parent / "docs" / "configuration.md"
    assert page.read_text() == reference.page(), "run: python -m gateway.settings.reference > docs/configuration.md"
