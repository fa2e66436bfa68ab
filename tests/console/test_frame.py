"""What every page of the console stands in: languages, roles, forms, headers, files of others, words."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import gateway.console as package
from gateway.console.catalogue import shipped_catalogue
from gateway.console.form_tokens import FIELD, token_of
from gateway.console.page_registry import MENU, all_pages, menu_of
from gateway.console.rights import RIGHTS, check_right
from gateway.domain.user import ROLES, User
from gateway.operations.operation_errors import OperationRefused
from gateway.operations.registry import all_operations
from tests.console.rig import Rig, Screen
from tests.daemon.daemon_process import until

CONSOLE = Path(package.__file__).parent
SOURCES = [
    path for path in sorted(CONSOLE.rglob("*"))
    if path.suffix in (".py", ".html") and "vendor" not in path.parts and path.name != "rights.py"
]
SignedIn = Callable[..., Awaitable[Screen]]


# ── without a process ────────────────────────────────────────────────────────────────────────────────────────────────
def test_files_of_others_are_what_their_hashes_say_and_keep_their_licences() -> None:
    vendor = CONSOLE / "static" / "vendor"
    table = tomllib.loads((vendor / "hashes.toml").read_text())
    licences = {row["licence"] for row in table.values()}
    assert {path.name for path in vendor.iterdir()} == {*table, *licences, "hashes.toml"}
    for name, row in table.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == row["sha256"], name
        assert re.fullmatch(r"\d+\.\d+\.\d+", row["version"])
    extension, core = table["htmx-ext-sse.min.js"], table["htmx.min.js"]
    assert extension["version"].split(".")[0] == core["version"].split(".")[0]


def test_each_word_that_is_said_is_there_and_none_is_dead() -> None:
    """A key is said whole, or its beginning up to a dot and the rest is a value: `say("frame.role." ~ role)`."""
    words = shipped_catalogue().words
    families = {key.split(".")[0] for key in words}
    mark = re.compile(rf"""["']((?:{"|".join(families)})\.[a-z0-9_.]+)""")
    said = {key for path in SOURCES for key in mark.findall(path.read_text("utf-8"))}
    begun = {key for path in SOURCES for key in re.findall(
        rf"""["']((?:{"|".join(families)})\.[a-z0-9_.]*[._])(?:["']\s*[~+]|\{{)""", path.read_text("utf-8")
    )}
    missing = [key for key in said if key not in words and not any(word.startswith(key) for word in words)]
    dead = [
        key for key in words
        if key not in said and not key.startswith(("sentences.", *begun))
    ]
    assert (missing, dead) == ([], [])


def test_each_word_is_in_both_languages_with_the_same_places() -> None:
    for key, (english, chinese) in shipped_catalogue().words.items():
        assert english and chinese, key
        places = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (english, chinese)]
        assert set(places[1]) <= set(places[0]) if key.startswith("sentences.") else places[0] == places[1], key


def test_no_template_has_a_script_or_a_style_inside() -> None:
    inside = re.compile(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|javascript:|hx-on|hx-vals=.js:", re.I)
    found = [f"{path}: {inside.search(path.read_text('utf-8'))}" for path in SOURCES
             if path.suffix == ".html" and inside.search(path.read_text("utf-8"))]
    assert found == []


def test_every_form_that_changes_has_its_token() -> None:
    for path in SOURCES:
        if path.suffix == ".html":
            forms = re.findall(r"<form\b[^>]*method=.post.[^>]*>.*?</form>", path.read_text("utf-8"), re.S | re.I)
            assert all("token()" in form for form in forms), path


def test_rights_name_operations_and_roles_that_there_are() -> None:
    assert set(RIGHTS) <= set(all_operations())
    assert all(roles and set(roles) <= set(ROLES) for roles in RIGHTS.values())


@pytest.mark.parametrize("role", ROLES)
def test_each_operation_is_asked_for_by_its_roles_and_by_nobody_else(role: str) -> None:
    user = User("lihua", role, "shop" if role == "client" else "")
    for name in all_operations():
        fields = {"account": "shop", "user": "lihua", "scope": "account:shop"}
        if role in RIGHTS.get(name, ()):
            check_right(user, name, fields)
        else:
            with pytest.raises(OperationRefused):
                check_right(user, name, fields)


def test_an_auditor_changes_nothing() -> None:
    from gateway.operations.operation import Change

    operations = all_operations()
    changes = {name for name, roles in RIGHTS.items() if "auditor" in roles
               and operations[name].change is not Change.NOTHING}
    assert changes == {"users.change-password", "users.set-second-factor"}  # his own


# ── every page with every role ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.daemon
async def test_each_page_opens_for_its_roles_and_for_nobody_else(rig: Rig) -> None:
    for page in all_pages():
        path = re.sub(r"\{\w+\}", "0", page.path)
        for role in ROLES:
            token = await rig.session_of(role)
            data = {FIELD: token_of(token)}
            if role in page.roles or page.is_public:
                continue
            for method in page.methods:
                options = {"data": data} if method == "POST" else {}
                status, _, _ = await rig.fetch(path, token, **options)
                assert status == 403, (method, path, role)
        if not page.is_public:
            status, _, headers = await rig.fetch(path, **({} if "GET" in page.methods else {"data": {}}))
            assert (status, headers["Location"].split("?")[0]) == (303, "/sign-in"), path


def test_the_menu_has_a_place_for_each_page_that_is_in_it() -> None:
    listed = [page.path for page in all_pages() if page.menu]
    assert sorted(listed) == sorted(MENU)
    operator = [entry.path for entry in menu_of(all_pages(), "operator")]
    assert operator[0] == "/wall"
    assert operator[-1] == "/specification"


@pytest.mark.daemon
async def test_each_page_without_a_name_in_its_path_opens_in_both_languages(rig: Rig) -> None:
    for page in all_pages():
        if "GET" not in page.methods or "{" in page.path or page.is_stream:
            continue
        for role in [role for role in ROLES if role in page.roles]:
            token = await rig.session_of(role)
            for language in ("zh-CN,zh;q=0.9", "en"):
                status, text, headers = await rig.fetch(page.path, token, headers={"Accept-Language": language})
                assert status in (200, 303), (page.path, role, status, text)
                assert headers["Cache-Control"] == "no-store"


@pytest.mark.daemon
async def test_a_form_without_its_token_or_from_elsewhere_is_refused(rig: Rig) -> None:
    token = await rig.session_of("operator")
    good = {FIELD: token_of(token)}
    for data, headers in (
        ({}, {}), ({FIELD: token_of("another")}, {}), (good, {"Sec-Fetch-Site": "cross-site"}),
        (good, {"Origin": "http://elsewhere.example"}),
    ):
        status, text, _ = await rig.fetch("/password", token, data=data, headers=headers)
        assert status == 403 and "Not allowed" in text
    status, _, _ = await rig.fetch("/password", token, data=good)
    assert status == 422  # the token is right, the fields are empty


@pytest.mark.daemon
async def test_what_every_answer_forbids_and_what_a_line_tells(rig: Rig) -> None:
    status, text, headers = await rig.fetch("/sign-in?to=/secret-of-mine", headers={"Accept-Language": "zh-TW"})
    assert status == 200 and '<html lang="zh-CN">' in text
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert headers["X-Content-Type-Options"] == "nosniff"
    await until(lambda: rig.console.lines("console_request")[-1]["page"] == "/sign-in")
    line = rig.console.lines("console_request")[-1]
    assert (line["method"], line["status"]) == ("GET", 200)
    assert "secret-of-mine" not in str(line)


@pytest.mark.daemon
async def test_faults_are_pages_in_the_readers_language(rig: Rig) -> None:
    token = await rig.session_of("service")
    for path, status, words in (("/nothing-here", 404, "未找到"), ("/static/none.js", 404, "未找到")):
        found, text, headers = await rig.fetch(path, token, headers={"Accept-Language": "zh"})
        assert (found, words in text, "Traceback" in text) == (status, True, False)
        assert "Content-Security-Policy" in headers
    found, text, _ = await rig.fetch("/sign-in", data={"a": "x" * 100_000}, headers={"Accept-Language": "en"})
    assert found == 413 and "Too large" in text


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.foreign
@pytest.mark.daemon
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
async def test_the_frame_in_a_browser(signed_in: SignedIn, language: str, width: int) -> None:
    screen = await signed_in("operator", language, width)
    assert await screen.goto("/") == 200
    assert ("运维" if language == "zh" else "operator") in await screen.text()
    await screen.must_be_well()
    await screen.page.click("text=English" if language == "zh" else "text=中文")
    assert ("operator" if language == "zh" else "运维") in await screen.text()
    assert await screen.goto("/nothing") == 404
    await screen.must_be_well()
