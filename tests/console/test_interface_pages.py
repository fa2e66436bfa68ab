"""The interface specification at the console: every page in both languages, wide and narrow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from gateway.interfaces.client_pages.page_texts import LANGUAGES, NAMES, client_pages
from tests.console.rig import Rig, Screen

SignedIn = Callable[..., Awaitable[Screen]]
pytestmark = [pytest.mark.daemon]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_client_reads_every_page(rig: Rig, language: str) -> None:
    token = await rig.session_of("client", "smppdemo")
    spoken = {"Accept-Language": "zh-CN" if language == "zh" else "en"}
    for page in client_pages("zh" if language == "zh" else "en"):
        status, text, _ = await rig.fetch(f"/specification/{page.name}", token, headers=spoken)
        assert status == 200 and f"<h1>{page.title}</h1>" in text and page.html("/specification/") in text
    assert (await rig.fetch("/specification/none", token))[0] == 404


@pytest.mark.foreign
async def test_wide_tables_and_programs_fit_a_narrow_screen(signed_in: SignedIn) -> None:
    screen = await signed_in("client", "zh", 390)
    for name in NAMES[1:5:2]:
        assert await screen.goto(f"/specification/{name}") == 200
        await screen.must_be_well()
    await screen.page.click("a[href='/specification/codes']")
    assert "GW:0020" in await screen.text()
