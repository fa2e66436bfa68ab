"""A password that a client sets itself: for new binds at once, over restarts and reloads, and written down nowhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.dialects.login import BindRefusal, Login, is_same_secret
from gateway.domain.account import Account, BindMode
from gateway.flows.binds.admission import Admission, RefusedBind
from gateway.flows.binds.bans import BanLimits
from gateway.interfaces.control_client import Refused
from gateway.node.node import Node
from gateway.operations.password_operations import password_problem
from gateway.settings import load
from gateway.settings.secret_key import FILE_NAME
from gateway.store.open_database import open_database
from tests.gateway.operations.asking import ask
from tests.gateway.operations.test_accounts import config_on, gateway_on
from tests.gateway.pipeline.builders import account

NEW = "k9Qw-7Zt"


def bind(admission: Admission, login: str, password: str, protocol: str) -> Account | RefusedBind:
    asked = Login(login, BindMode.TRX, 0x34, lambda secret: is_same_secret(password.encode(), secret))
    return admission.admit(asked, "127.0.0.1", protocol, BanLimits(), 0.0)


def is_bound(node: Node, password: str, login: str = "smppdemo", protocol: str = "smpp") -> bool:
    verdict = bind(node.admission, login, password, protocol)
    if isinstance(verdict, Account):
        node.admission.leave(verdict.name)
        assert verdict.password == password  # CMPP proves itself by it
        return True
    assert verdict.reason is BindRefusal.UNKNOWN_OR_WRONG
    return False


@pytest.mark.postgres
async def test_it_holds_at_once_and_over_restart_and_reload(dsn: str, tmp_path: Path) -> None:
    config = config_on(tmp_path, dsn)
    async with gateway_on(config) as node:
        state = node.settings.state_dir
        assert is_bound(node, "secret01")
        assert await ask(state, "accounts.set-password", account="smppdemo", password=NEW) == {
            "account": "smppdemo", "is_own": True,
        }
        assert is_bound(node, NEW) and not is_bound(node, "secret01")
        assert is_bound(node, "secret01", "106901", "cmpp")  # another account's is its own
        for wrong in ("short1", "k9Qw-7Zt!", "nodigits", "12345678", "密码密码密码密码12"):
            with pytest.raises(Refused) as caught:
                await ask(state, "accounts.set-password", account="smppdemo", password=wrong)
            assert wrong not in str(caught.value)
        with pytest.raises(Refused):
            await ask(state, "accounts.set-password", account="smppdemo", password=NEW, passwrod="typed-wr0ng")
        changed = load(config, environ={})
        await node.reload(replace(changed, accounts={
            name: replace(each, sessions_max=9) for name, each in changed.accounts.items()
        }))
        assert is_bound(node, NEW) and not is_bound(node, "secret01")
    async with gateway_on(config) as node:
        assert is_bound(node, NEW) and not is_bound(node, "secret01")
        async with open_database(dsn, state) as connection:
            kept = await connection.fetch("SELECT secret, set_by FROM account_passwords")
            lines = await connection.fetch("SELECT * FROM audit WHERE action = 'accounts set-password' ORDER BY id")
        assert NEW.encode() not in bytes(kept[0]["secret"]) and kept[0]["set_by"] == "tester"
        assert len(lines) == 7 and not any(each in str(lines) for each in (NEW, "short1", "typed-wr0ng"))
        assert lines[0]["result"] == "done" and lines[0]["subject"] == "smppdemo"
        await ask(state, "accounts.use-configured-password", account="smppdemo")
        assert is_bound(node, "secret01") and not is_bound(node, NEW)
        with pytest.raises(Refused, match="configured password already"):
            await ask(state, "accounts.use-configured-password", account="smppdemo")
        await ask(state, "accounts.set-password", account="smppdemo", password=NEW)
    (state / FILE_NAME).unlink()  # the key is lost: neither the new nor the old one opens the account
    async with gateway_on(config) as node:
        assert not is_bound(node, NEW) and not is_bound(node, "secret01")
        assert is_bound(node, "secret01", "106901", "cmpp")


@pytest.mark.parametrize(("password", "word"), [
    (NEW, ""), ("k9Qw-7Z", "8 or more"), ("k9Qw 7Zt", "blanks"), ("käse1234", "ASCII"), ("k9Qw-7Zt9", "at most 8"),
    ("12345678", "letters"), ("abcdefgh", "digits"),
])
def test_what_smpp_can_say(password: str, word: str) -> None:
    problem = password_problem(account(login="shop", protocols=frozenset({"smpp"})), password)
    assert (word in problem) if word else not problem


def test_what_the_others_can_say() -> None:
    long = "k9Qw-7Zt-and-more-of-it-1"
    assert password_problem(account(login="106901", protocols=frozenset({"cmpp"})), long) == ""
    both = account(login="106901", protocols=frozenset({"cmpp", "smpp"}))
    assert "at most 8" in password_problem(both, long)
    assert password_problem(replace(both, quirks=frozenset({"long_password"})), long) == ""
    assert "login" in password_problem(account(login="shop", protocols=frozenset({"cmpp"})), "my-SHOP-123")
