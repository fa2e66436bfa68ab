"""Accounts, channels, policies and messages for the tests of the pipeline: the usual ones, with what a test changes."""

from __future__ import annotations

from typing import Any

from gateway.contracts.profile import Profile, revise
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import Account, MessageClass, ServiceCode
from gateway.domain.channel import Channel
from gateway.domain.message import Message, Submission, message_of
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.policy.number_lists import Lists
from protocols.text.codings import Encoding, encode_text
from tests.gateway.contracts.shipped import S0

NOON = 1_772_424_000.0  # 2026-03-02 12:00 in China
LOGIN = "106901"

_ACCOUNT: dict[str, Any] = {
    "name": "acme",
    "login": LOGIN,
    "password": "",
    "service_codes": (ServiceCode("10690123"),),
    "signatures": ("示例商城",),
    "message_class": MessageClass.TRIGGERED,
}
_CHANNEL: dict[str, Any] = {"wire": SMPP34, "login": "sp", "password": ""}


def account(**changes: Any) -> Account:
    return Account(**(_ACCOUNT | changes))


def channel(name: str = "a", **changes: Any) -> Channel:
    return Channel(name, **(_CHANNEL | changes))


def table(*channels: Channel, down: tuple[str, ...] = ()) -> RouteTable:
    """Make a route table whose channels are up but for those named."""
    found = RouteTable(channels or (channel(),))
    for view in found.views.values():
        view.is_up = view.name not in down
    return found


def policy(
    *channels: Channel, profile: Profile = S0, keys: dict[str, Any] | None = None, now: float = NOON,
    lists: Lists | None = None, **changes: Any
) -> Policy:
    """Make a policy: `keys` change the profile, `changes` the account."""
    judged = revise(profile, **keys) if keys else profile
    return Policy(account(**changes), judged, table(*channels), now=now, lists=lists)


def submission(text: str = "您的验证码是123456", encoding: Encoding = Encoding.UCS2, **changes: Any) -> Submission:
    fields: dict[str, Any] = {
        "account": account(),
        "protocol": "smpp",
        "source": "10690123",
        "destination": "13800138000",
        "encoding": encoding,
        "octets": encode_text(text, encoding),
        "received_at": NOON,
    }
    return Submission(**(fields | changes))


def message(text: str = "您的验证码是123456", encoding: Encoding = Encoding.UCS2, **changes: Any) -> Message:
    return message_of(7, submission(text, encoding, **changes))
