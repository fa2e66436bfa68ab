"""The processes behind the console's tests, and a browser's page as they use it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from playwright.async_api import Browser, ConsoleMessage, Page

from gateway.cli.reply import SendOrder
from gateway.cli.send_smpp import send_smpp
from gateway.console.sessions import SESSION_COOKIE, open_session
from gateway.domain.user import CLIENT
from gateway.interfaces.control_client import operate
from gateway.settings import Settings, load
from gateway.store.open_database import open_database
from protocols.smpp import pdus as smpp
from tests.daemon.daemon_process import ROOT, DaemonProcess, free_tcp_ports, until
from tests.peers import Carrier, Peer, account, receipt_of

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
IMAGES = ROOT / "docs" / "images"
SERIOUS = ("serious", "critical")
UNREACHABLE = "0009"  # a number with this end is answered UNDELIV by the carrier
PATIENCE_MS = 15_000


def carry(peer: Peer, pdu: Any) -> None:
    """A carrier that takes every segment and reports at once."""
    if isinstance(pdu, smpp.SubmitSm):
        number = f"{len(peer.requests)}"
        peer.respond(pdu, smpp.SubmitSmResp(message_id=number))
        is_lost = pdu.destination_addr.endswith(UNREACHABLE)
        peer.send(receipt_of(number, *(("UNDELIV", "004") if is_lost else ("DELIVRD", "000"))))


class Console:
    """The process of `hongyan console`."""

    def __init__(self, daemon: DaemonProcess, tcp_port: int) -> None:
        self._daemon = daemon
        self._log = daemon.folder / "console.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.address = f"http://127.0.0.1:{tcp_port}"

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._daemon.command("console"), cwd=ROOT, stdout=log, stderr=log)
        process = self.process
        await until(lambda: process.poll() is not None or self.lines("console_ready"), hint=self._log.read_text)
        assert process.poll() is None, self._log.read_text()

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        found = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [line for line in found if line.get("event") == event]

    async def stop(self) -> int:
        assert self.process is not None
        process = self.process
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None)
        return process.wait()


class Rig:
    """A node, its carrier, a console; all of it in one folder."""

    def __init__(self, folder: Path) -> None:
        self.daemon = DaemonProcess(folder)
        self.carrier = Carrier("smpp", carry)
        self.console_tcp_port = free_tcp_ports(1)[0]
        self.console = Console(self.daemon, self.console_tcp_port)
        self.settings: Settings
        self._users: set[str] = set()
        self._sessions: dict[str, str] = {}

    @property
    def state_dir(self) -> Path:
        return self.daemon.state_dir

    async def start(self) -> None:
        await self.carrier.open()
        self._write_config()
        self.settings = load(self.daemon.config, environ={})
        await self.daemon.start()
        await self.console.start()
        await self._seed()

    async def clear(self) -> None:
        """End everything that was started, in the order of who needs whom."""
        if self.console.process is not None and self.console.process.poll() is None:
            await self.console.stop()
        await self.carrier.close()
        if self.daemon.process is not None and self.daemon.process.poll() is None:
            self.daemon.signal(signal.SIGTERM)
            await self.daemon.ended()
        await self.daemon.clear()

    def _write_config(self) -> None:
        config = self.daemon.config
        shutil.copytree(ROOT / "config", config)
        ports = {
            "2775": self.daemon.smpp, "7890": self.daemon.cmpp, "8080": self.daemon.admin,
            "8090": self.console_tcp_port, "8088": 0,
        }
        node = (config / "hongyan.toml").read_text()
        for shipped, free in ports.items():
            node = node.replace(f"\nport = {shipped}", f"\nport = {free}")
        node = node.replace('# state_dir = "../state"', f'state_dir = "{self.state_dir}"')
        node = node.replace("second_factor_roles = [", "second_factor_roles = [] # [", 1)
        # Delays double with each failure; and all of the tests come from one address.
        node = node.replace("\nfailures_max = 10", "\nfailures_max = 4")
        node = node.replace("\nusers_max = 10", "\nusers_max = 100")
        (config / "hongyan.toml").write_text(node)
        carriers = (config / "carriers" / "simulated.toml").read_text()
        (config / "carriers" / "simulated.toml").write_text(carriers.replace("3775", str(self.carrier.tcp_port)))
        more = account("other", "10690009", opening_balance_yuan="10.00", routes=["sim-smpp"])
        (config / "accounts" / "more.toml").write_text(more)

    async def _seed(self) -> None:
        """Send a few messages of two accounts: delivered, failed, refused."""
        def submits() -> bool:
            return bool([link for link in self.carrier.links if not link.is_closed])

        await until(submits)
        for number, text in (("13800130001", "您的验证码是 4821"), (f"1380013{UNREACHABLE}", "您的订单已发货"),
                             ("13800130003", "会议改到三点" * 20)):
            await self.send("smppdemo", "10690001", number, text)
        await self.send("smppdemo", "999", "13800130004", "号码不对")
        await self.send("other", "10690009", "13900130001", "another account's message")

    async def send(self, login: str, source: str, to: str, text: str) -> Any:
        """Submit one message over SMPP and wait for its receipt; return what came back."""
        return await send_smpp(SendOrder(
            host="127.0.0.1", tcp_port=self.daemon.smpp, account=login, password="secret01", source=source,
            destination=to, text=text, wait_s=10.0,
        ))

    # --- asking beside the pages -------------------------------------------------------------------------------------

    async def ask(self, operation: str, **fields: Any) -> Any:
        """Ask the node for an operation, as who runs the test; its answer as JSON."""
        return orjson.loads(await operate(self.state_dir, operation, orjson.dumps(fields), "tester"))

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """Ask the node's database."""
        async with open_database(None, self.state_dir) as connection:
            return list(await connection.fetch(sql, *values))

    async def user_of(self, role: str, account_name: str = "smppdemo") -> str:
        """Return the name of a user of this role, made at the first time."""
        name = f"client-{account_name}" if role == CLIENT else f"{role}-1"
        if name not in self._users:
            fields = {"account": account_name} if role == CLIENT else {}
            await self.ask("users.create", user=name, role=role, must_change=False, **fields)
            self._users.add(name)
        return name

    async def session_of(self, role: str, account_name: str = "smppdemo") -> str:
        """Return the token of a session of such a user."""
        name = await self.user_of(role, account_name)
        if name not in self._sessions:
            async with open_database(None, self.state_dir) as connection:
                self._sessions[name] = await open_session(connection, self.settings, name, "127.0.0.1", time.time())
        return self._sessions[name]

    async def fetch(self, path: str, token: str = "", **options: Any) -> tuple[int, str, Any]:
        """Ask for a page without a browser; return status, body and headers. No redirect is followed."""
        cookies = {SESSION_COOKIE: token} if token else {}
        method = "POST" if "data" in options else "GET"
        async with (
            aiohttp.ClientSession(cookies=cookies) as session,
            session.request(method, self.console.address + path, allow_redirects=False, **options) as answer,
        ):
            return answer.status, await answer.text(errors="replace"), answer.headers


class Screen:
    """One page of a browser. `faults` are errors of scripts and what the content policy stopped."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._told)

    @classmethod
    async def open(cls, browser: Browser, address: str, language: str, width: int, token: str = "") -> Screen:
        context = await browser.new_context(
            locale="zh-CN" if language == "zh" else "en-GB", viewport={"width": width, "height": 900},
            timezone_id="Asia/Shanghai", reduced_motion="reduce", color_scheme="light",
        )
        context.set_default_timeout(PATIENCE_MS)
        if token:
            await context.add_cookies([{
                "name": SESSION_COOKIE, "value": token, "url": address, "httpOnly": True, "sameSite": "Strict",
            }])
        return cls(await context.new_page(), address)

    async def close(self) -> None:
        await self.page.context.close()

    def _told(self, message: ConsoleMessage) -> None:
        is_answer = message.text.startswith("Failed to load resource")  # a status that the test looks at itself
        if message.type == "error" and not is_answer:
            self.faults.append(message.text)

    async def goto(self, path: str) -> int:
        """Open a page; return its status."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    async def text(self) -> str:
        """Return what stands on the page."""
        return await self.page.inner_text("body")

    async def must_be_well(self) -> None:
        """Fail where axe finds something serious, or where the page is wider than the screen."""
        await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            (each["id"], [node["html"][:200] for node in each["nodes"]])
            for each in found["violations"] if each["impact"] in SERIOUS
        ]
        assert not serious, serious
        widths = await self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], f"the page is {widths[0]} px wide on {widths[1]}"
        assert not self.faults, self.faults

    async def picture(self, name: str) -> None:
        """Write docs/images/NAME.png where HONGYAN_IMAGES=1 asks for it: of pages that look the same each time."""
        if os.environ.get("HONGYAN_IMAGES") == "1":
            IMAGES.mkdir(exist_ok=True)
            await asyncio.sleep(0)
            await self.page.screenshot(path=IMAGES / f"{name}.png")
