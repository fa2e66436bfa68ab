"""One node with carriers, one console beside it and one Chromium for all tests of the console; pages signed in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.console.rig import CHROMIUM, Console, Rig, Screen

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--force-color-profile=srgb", "--font-render-hinting=none",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them share one event loop, for they share what runs on it."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("asyncio") is not None:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rig() -> AsyncIterator[Rig]:
    """A node on the shipped configuration with two more accounts, its carriers, and a console; a little history."""
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
    found = Rig(folder)
    try:
        await found.start()
        yield found
    finally:
        await found.clear()
        shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def console(rig: Rig) -> Console:
    """The running console."""
    return rig.console


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(foreign: Callable[[object, str], None]) -> AsyncIterator[Browser]:
    foreign(Path(CHROMIUM).exists(), "chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def signed_in(rig: Rig, browser: Browser) -> AsyncIterator[Callable[..., object]]:
    """Call with role, language and width: a `Screen` whose person is signed in. It is closed, and its faults told."""
    screens: list[Screen] = []

    async def open_screen(role: str, language: str = "zh", width: int = 1280, account: str = "smppdemo") -> Screen:
        token = await rig.session_of(role, account)
        screens.append(await Screen.open(browser, rig.console.address, language, width, token))
        return screens[-1]

    yield open_screen
    faults = [fault for screen in screens for fault in screen.faults]
    for screen in screens:
        await screen.close()
    assert not faults, faults


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(rig: Rig, browser: Browser) -> AsyncIterator[Callable[..., object]]:
    """The same without a session."""
    screens: list[Screen] = []

    async def open_screen(language: str = "zh", width: int = 1280) -> Screen:
        screens.append(await Screen.open(browser, rig.console.address, language, width))
        return screens[-1]

    yield open_screen
    for screen in screens:
        await screen.close()
