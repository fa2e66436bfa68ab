"""Signing in: passwords, the second factor, locks, sessions that end; and the first user by the command line."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pyotp
import pytest
from yarl import URL

from gateway.console.reader_language import language_of
from gateway.console.second_factor import recovery_codes, recovery_digest, step_of
from gateway.console.sessions import SESSION_COOKIE
from gateway.console.sign_in_guard import SignInGuard
from gateway.operations.passwords import NO_HASH, hash_password, is_password, why_weak
from gateway.settings.node_keys import Console as ConsoleKeys
from tests.console.rig import Rig, Screen

FRESH = "a long new pass phrase"
CODE = re.compile(r'class="recovery">([^<]+)<')


class Visit:
    """A browser without its pictures: cookies, and forms filled in as a person would."""

    def __init__(self, rig: Rig) -> None:
        self._address = rig.console.address
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Accept-Language": "en"}
        )

    async def __aenter__(self) -> Visit:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    @property
    def cookie(self) -> str:
        found = self._session.cookie_jar.filter_cookies(URL(self._address)).get(SESSION_COOKIE)
        return found.value if found else ""

    async def get(self, path: str) -> tuple[int, str, str]:
        """Return status, path at the end of redirects, and body."""
        async with self._session.get(self._address + path) as answer:
            return answer.status, answer.url.path, await answer.text()

    async def fill(self, path: str, /, *, opened: str = "", **fields: str) -> tuple[int, str, str]:
        """Open a page, fill its form in and send it to a path."""
        _, _, text = await self.get(opened or path)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
        async with self._session.post(self._address + path, data={**hidden, **fields}) as answer:
            return answer.status, answer.url.path, await answer.text()

    async def sign_in(self, user: str, password: str) -> tuple[int, str, str]:
        return await self.fill("/sign-in", user=user, password=password)


async def fresh_user(rig: Rig, name: str, role: str = "service", **fields: Any) -> str:
    """Return the first password of a new user."""
    return str((await rig.ask("users.create", user=name, role=role, **fields))["password"])


# ── without a process ────────────────────────────────────────────────────────────────────────────────────────────────
async def test_passwords_are_argon2id_and_nobody_costs_as_much_as_somebody() -> None:
    hashed = await hash_password(FRESH)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert NO_HASH.split("$")[:4] == hashed.split("$")[:4]
    assert await is_password(hashed, FRESH) and not await is_password(hashed, FRESH + " ")
    assert not await is_password("no hash", FRESH) and not await is_password(hashed, "x" * 10_000)


@pytest.mark.parametrize(("password", "problem"), [
    ("short", "short"), ("x" * 300, "long"), ("aaaaaaaaaaaaaaaa", "simple"), ("my name is Lihua 88", "simple"),
    (FRESH, ""),
])
def test_weak_passwords(password: str, problem: str) -> None:
    assert why_weak(password, "lihua") == problem


def test_a_code_is_good_in_its_half_minute_and_the_ones_beside_it() -> None:
    secret, now = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 1_700_000_010.0
    code = pyotp.TOTP(secret).at(now)
    assert {step_of(secret, code, now + drift) for drift in (-30, 0, 30)} == {int(now) // 30}
    assert {step_of(secret, each, now) for each in ("", "12345", "１２３４５６", "x" * 6)} == {0}
    assert step_of(secret, code, now + 61) == step_of(secret, code, now - 61) == 0


def test_recovery_codes_differ_and_are_read_as_people_type_them() -> None:
    codes = recovery_codes()
    assert len(set(codes)) == 10
    assert recovery_digest(codes[0]) == recovery_digest(codes[0].upper().replace("-", " "))


def test_the_guard_locks_a_user_from_an_address_and_an_address_that_tries_users() -> None:
    guard = SignInGuard(ConsoleKeys(failures_max=3, users_max=4, lock_s=60.0))
    delays = [guard.failed("192.0.2.1", "lihua", 0.0) for _ in range(3)]
    assert delays == sorted(delays) and delays[0] > 0
    assert guard.locked_s("192.0.2.1", "lihua", 1.0) and not guard.locked_s("192.0.2.2", "lihua", 1.0)
    assert not guard.locked_s("192.0.2.1", "wangwu", 1.0) and not guard.locked_s("192.0.2.1", "lihua", 61.0)
    for number in range(4):
        guard.failed("192.0.2.9", f"user{number}", 0.0)
    assert guard.locked_s("192.0.2.9", "anybody", 1.0)


@pytest.mark.parametrize(("chosen", "accepted", "found"), [
    ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("", "fr, en;q=0.2, zh;q=0.4", "zh"), ("en", "zh", "en"), ("", "", "en"),
    ("xx", "de;q=x, ;;, zh;q=0", "en"),
])
def test_the_readers_language(chosen: str, accepted: str, found: str) -> None:
    assert language_of(chosen, accepted) == found


# ── with the processes ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.daemon
async def test_a_first_password_is_changed_and_ends_the_other_sessions(rig: Rig) -> None:
    given = await fresh_user(rig, "lihua")
    async with Visit(rig) as first, Visit(rig) as second:
        assert (await first.sign_in("lihua", given))[1] == "/password"
        assert (await second.sign_in("lihua", given))[1] == "/password"
        assert (await first.get("/"))[1] == "/password"  # nothing else before
        wrong = await first.fill("/password", password="wrong", fresh=FRESH, again=FRESH)
        assert wrong[0] == 422 and "not your present password" in wrong[2]
        weak = await first.fill("/password", password=given, fresh="short", again="short")
        assert weak[0] == 422 and "Too short" in weak[2]
        apart = await first.fill("/password", password=given, fresh=FRESH, again=FRESH + "!")
        assert apart[0] == 422 and "not alike" in apart[2]
        done = await first.fill("/password", password=given, fresh=FRESH, again=FRESH)
        assert done[:2] == (200, "/") and "password is changed" in done[2]
        assert (await first.get("/"))[1] == "/" and "password is changed" not in (await first.get("/"))[2]
        assert (await second.get("/"))[1] == "/sign-in"
        assert (await second.sign_in("lihua", given))[0] == 401
        assert (await second.sign_in("lihua", FRESH))[1] == "/"
    audit = await rig.rows("SELECT actor, source, detail FROM audit WHERE action = 'users change-password'")
    assert [row["actor"] for row in audit] == ["lihua"] and audit[0]["source"].startswith("console, from 127.0.0.1")
    assert "argon2" not in audit[0]["detail"]
    kept = await rig.rows("SELECT digest, password_hash FROM users JOIN user_sessions ON user_name = name")
    assert all(row["password_hash"].startswith("$argon2id$") and len(row["digest"]) == 32 for row in kept)


@pytest.mark.daemon
async def test_nothing_tells_who_there_is(rig: Rig) -> None:
    given = await fresh_user(rig, "gone", must_change=False)
    await rig.ask("users.disable", user="gone")
    async with Visit(rig) as visit:
        answers = [await visit.sign_in(*pair) for pair in (
            ("nobody-such", "x"), ("gone", given), ("gone", "wrong"), ("", ""), ("'; --", "\x00"), ("用户", "密码"),
        )]
    assert {answer[0] for answer in answers} == {401}
    plain = {re.sub(r'value="[^"]*"', "", answer[2]) for answer in answers}
    assert len(plain) == 1


@pytest.mark.daemon
async def test_a_second_factor_is_set_up_asked_for_and_good_once(rig: Rig) -> None:
    given = await fresh_user(rig, "factor", must_change=False)
    async with Visit(rig) as visit:
        await visit.sign_in("factor", given)
        _, _, text = await visit.get("/second-factor")
        secret = re.search(r'id="secret">(\w+)<', text)[1]  # type: ignore[index]
        picture = re.search(r'src="(/second-factor/picture[^"]+)"', text)[1]  # type: ignore[index]
        status, _, svg = await visit.get(picture)
        assert status == 200 and "<svg" in svg and secret not in svg
        # The form's own offer is of another secret: a code of the first one does not fit.
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
        totp, now = pyotp.TOTP(secret), time.time()
        wrong = await visit.fill("/second-factor", offer=hidden["offer"], code="000000")
        assert wrong[0] == 422 and "wrong" in wrong[2]
        done = await visit.fill("/second-factor", offer=hidden["offer"], code=totp.at(now))
        codes = CODE.findall(done[2])
        assert len(codes) == 10
        assert (await visit.get("/"))[1] == "/"
        stored = await rig.rows("SELECT second_factor, recovery_digests FROM users WHERE name = 'factor'")
        assert secret.encode() not in stored[0]["second_factor"] and len(stored[0]["recovery_digests"]) == 10
    async with Visit(rig) as visit:
        assert (await visit.sign_in("factor", given))[1] == "/sign-in/code"
        assert (await visit.get("/"))[1] == "/sign-in/code"
        before = visit.cookie
        again = await visit.fill("/sign-in/code", code=totp.at(now))
        assert again[0] == 401 and "used already" in again[2]  # the code that set it up
        later = await visit.fill("/sign-in/code", code=totp.at(now + 30))
        assert later[:2] == (200, "/")
        assert visit.cookie != before  # a token that was there before the second step is worth nothing
        assert (await rig.fetch("/", before))[0] == 303
    async with Visit(rig) as visit:
        await visit.sign_in("factor", given)
        assert (await visit.fill("/sign-in/code", code=codes[3].upper()))[1] == "/"
    async with Visit(rig) as visit:
        await visit.sign_in("factor", given)
        assert (await visit.fill("/sign-in/code", code=codes[3]))[0] == 401
        await rig.ask("users.reset-second-factor", user="factor")
        assert (await visit.sign_in("factor", given))[1] == "/"


@pytest.mark.daemon
async def test_sessions_end(rig: Rig) -> None:
    given = await fresh_user(rig, "brief", must_change=False)
    async with Visit(rig) as visit:
        for end in (
            "UPDATE user_sessions SET seen_ms = seen_ms - 3600000 WHERE user_name = 'brief' RETURNING 1",
            "UPDATE user_sessions SET ends_ms = 1 WHERE user_name = 'brief' RETURNING 1",
        ):
            await visit.sign_in("brief", given)
            assert (await visit.get("/"))[1] == "/"
            await rig.rows(end)
            assert (await visit.get("/"))[1] == "/sign-in"
        await visit.sign_in("brief", given)
        token = visit.cookie
        await visit.fill("/sign-out", opened="/")
        assert (await rig.fetch("/", token))[0] == 303
        for operation, fields in (
            ("users.set-role", {"role": "auditor"}), ("users.disable", {}), ("users.reset-password", {}),
        ):
            await rig.ask("users.enable", user="brief")
            await visit.sign_in("brief", given)
            assert (await visit.get("/"))[1] == "/", operation
            await rig.ask(operation, user="brief", **fields)
            assert (await visit.get("/"))[1] == "/sign-in", operation


@pytest.mark.daemon
async def test_too_many_wrong_passwords_lock_and_the_lock_is_told(rig: Rig) -> None:
    given = await fresh_user(rig, "locked", must_change=False)
    rig_limit = rig.settings.console.failures_max
    async with Visit(rig) as visit:
        statuses = [(await visit.sign_in("locked", "wrong"))[0] for _ in range(rig_limit)]
        assert set(statuses) == {401}
        status, _, text = await visit.sign_in("locked", given)
        assert status == 429 and "Too many attempts" in text
        given_other = await fresh_user(rig, "free", must_change=False)
        assert (await visit.sign_in("free", given_other))[1] == "/"


@pytest.mark.daemon
async def test_the_way_after_a_sign_in_leads_to_us_only(rig: Rig) -> None:
    given = await fresh_user(rig, "guided", must_change=False)
    elsewhere = ("//elsewhere.example/", "https://elsewhere.example", "/\\elsewhere.example")
    for asked, led in (("/second-factor", "/second-factor"), *((address, "/") for address in elsewhere)):
        async with Visit(rig) as visit:
            assert (await visit.fill("/sign-in", user="guided", password=given, to=asked))[1] == led


@pytest.mark.daemon
async def test_the_first_user_comes_from_the_command_line(rig: Rig) -> None:
    from tests.scenarios.steps import beside

    config = rig.daemon.config
    made = json.loads(await beside("users", "create", "first", "--role", "operator", "--json", config=config))
    assert len(made["password"]) == 16 and made["must_change"] is True
    await beside("users", "create", "first", "--role", "operator", config=config, code=1)
    await beside("users", "create", "nobody", "--role", "client", config=config, code=1)
    await beside("users", "create", "Upper Case", "--role", "operator", config=config, code=1)
    names = [user["user"] for user in json.loads(await beside("users", "list", "--json", config=config))]
    assert "first" in names and "nobody" not in names
    details = await rig.rows("SELECT detail FROM audit WHERE action = 'users create' AND subject = 'first'")
    assert all(made["password"] not in row["detail"] for row in details)


@pytest.mark.daemon
async def test_only_our_own_user_may_ask_for_a_person(rig: Rig) -> None:
    """The audit names the person and the console; a form field cannot."""
    await rig.ask("users.create", user="asked", role="auditor")
    found = await rig.rows("SELECT actor, source FROM audit WHERE action = 'users create' AND subject = 'asked'")
    assert "console" not in found[0]["source"]  # asked without a person: the process's own user


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.foreign
@pytest.mark.daemon
@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1280)])
async def test_signing_in_in_a_browser(
    rig: Rig, visitor: Callable[..., Awaitable[Screen]], language: str, width: int
) -> None:
    given = await fresh_user(rig, f"person-{language}", must_change=False)
    screen = await visitor(language, width)
    await screen.goto("/second-factor")
    assert "/sign-in" in screen.page.url
    await screen.must_be_well()
    await screen.page.fill("#user", f"person-{language}")
    await screen.page.fill("#password", given)
    await screen.page.click("main button")
    await screen.page.wait_for_selector("#secret")
    await screen.must_be_well()
    assert await screen.page.eval_on_selector("main img", "image => image.naturalWidth") > 100
    await screen.page.click("text=密码" if language == "zh" else "text=Password")
    await screen.page.wait_for_selector("#fresh")
    await screen.must_be_well()
    await screen.page.click("text=退出" if language == "zh" else "text=Sign out")
    await screen.page.wait_for_selector("#user")


@pytest.mark.foreign
@pytest.mark.daemon
@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1280)])
async def test_an_operator_makes_a_user_who_gets_in(
    rig: Rig, signed_in: Callable[..., Awaitable[Screen]], language: str, width: int
) -> None:
    name = f"made-{language}"
    screen = await signed_in("operator", language, width)
    assert await screen.goto("/users") == 200
    await screen.must_be_well()
    await screen.page.fill("#user", name)
    await screen.page.select_option("#role", "finance")
    await screen.page.click("main form.sheet button")
    given = await screen.page.inner_text("#given")
    async with Visit(rig) as visit:
        assert (await visit.sign_in(name, given))[1] == "/password"
    await screen.page.fill("#user", name)
    await screen.page.click("main form.sheet button")
    await screen.page.wait_for_selector("[role=alert]")  # there is one already
    row = screen.page.locator("tr", has_text=name)
    await row.locator("form[action='/users/disable'] button").click()
    await screen.page.wait_for_selector(".notice")
    async with Visit(rig) as visit:
        assert (await visit.sign_in(name, given))[0] == 401
    audit = await rig.rows("SELECT actor, action FROM audit WHERE subject = $1 AND source LIKE 'console%'", name)
    assert ("operator-1", "users create") in {(row["actor"], row["action"]) for row in audit}
