"""What one table cannot see: names that must exist, logins, codes and ports that may not be equal.

Each rule is a generator over what the files declare and yields faults. A rule that needs names from a file which
could not be read stays silent, so that one broken file does not make others look wrong.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from gateway.contracts.mo_words import WordBook, word_book
from gateway.contracts.profile import Profile
from gateway.contracts.protection import Protection
from gateway.contracts.signature import signature_fault
from gateway.dialects.dialect_interfaces import LoginFaults
from gateway.dialects.protocol_table import CARRIER_PROTOCOLS, CLIENT_PROTOCOLS, WIRES
from gateway.domain.account import SignatureMode
from gateway.settings.account_keys import LONG_PASSWORD, AccountKeys
from gateway.settings.channel_keys import ChannelKeys
from gateway.settings.document import Document
from gateway.settings.node_keys import NodeFile
from gateway.settings.settings_faults import Fault
from gateway.settings.value_kinds import WithPassword

_ANY_HOST: Final = {"0.0.0.0", "::"}
Keys = TypeVar("Keys", AccountKeys, ChannelKeys)


@dataclass(slots=True)
class Declared:
    """What the files say. A table that has faults of its own is there by name, with None for its content."""

    node_document: Document | None = None
    node: NodeFile | None = None
    accounts: dict[str, tuple[Document, AccountKeys | None]] = field(default_factory=dict)
    channels: dict[str, tuple[Document, ChannelKeys | None]] = field(default_factory=dict)
    profiles: dict[str, Profile | None] = field(default_factory=dict)
    prefix_groups: dict[str, tuple[str, ...]] | None = field(default_factory=dict)  # None: could not be read
    protection: Protection = field(default_factory=Protection)  # what the store holds, where it was asked
    words: WordBook = field(default_factory=word_book)  # of MO
    unreadable: set[str] = field(default_factory=set)  # of "accounts", "channels"

    @staticmethod
    def checked(tables: Mapping[str, tuple[Document, Keys | None]]) -> dict[str, Keys]:
        """Return the tables without faults by name."""
        return {name: keys for name, (_, keys) in tables.items() if keys is not None}


def cross_check(declared: Declared) -> list[Fault]:
    """Return the faults between tables."""
    return [fault for rule in _RULES for fault in rule(declared)]


def spelled_out(prefixes: Iterable[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return prefixes with each @group replaced by its members, without repeats, in order."""
    members = (groups[each[1:]] if each.startswith("@") else (each,) for each in prefixes)
    return tuple(dict.fromkeys(prefix for group in members for prefix in group))


# --- accounts ----------------------------------------------------------------------------------------------------


def _accounts(declared: Declared) -> Iterator[tuple[Document, tuple[str, str], AccountKeys]]:
    for name, (document, keys) in declared.accounts.items():
        if keys is not None:
            yield document, ("accounts", name), keys


def _account_names(declared: Declared) -> Iterator[Fault]:
    for document, at, keys in _accounts(declared):
        if keys.contract not in declared.profiles:
            yield document.fault((*at, "contract"), _unknown("contract", keys.contract, declared.profiles))
        for i, route in enumerate(keys.routes):
            if route not in declared.channels and "channels" not in declared.unreadable:
                yield document.fault((*at, "routes", i), _unknown("channel", route, declared.channels))


def _account_logins(declared: Declared) -> Iterator[Fault]:
    owners: dict[tuple[str, str], str] = {}
    for document, at, keys in _accounts(declared):
        yield from _password(document, at, keys)
        for protocol in sorted(keys.protocols):
            if protocol in CLIENT_PROTOCOLS:  # HTTP takes any
                faults = CLIENT_PROTOCOLS[protocol].login_faults
                yield from _login(document, at, keys, faults, is_long_allowed=LONG_PASSWORD in keys.quirks)
            owner = owners.setdefault((protocol, keys.login), at[1])
            if owner != at[1]:
                yield document.fault((*at, "login"), f"account {owner} has this {protocol.upper()} login too")


def _account_codes(declared: Declared) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for document, at, keys in _accounts(declared):
        for i, code in enumerate(keys.service_codes):
            place = (*at, "service_codes", i)
            owner = owners.get(code.code)
            if owner is not None:
                whose = "this account lists it twice" if owner == at[1] else f"account {owner} owns this code too"
                yield document.fault((*place, "code"), whose)
            owners.setdefault(code.code, at[1])
            if code.digits_max < len(code.code):
                yield document.fault((*place, "digits_max"), f"the code itself has {len(code.code)} digits")
            if code.valid_from and code.valid_to and code.valid_to < code.valid_from:
                yield document.fault((*place, "valid_to"), f"comes before valid_from, {code.valid_from}")


def _account_signatures(declared: Declared) -> Iterator[Fault]:
    for document, at, keys in _accounts(declared):
        if keys.signature_mode is not SignatureMode.NONE and not keys.signatures:
            problem = f"signature_mode {keys.signature_mode} needs at least one signature"
            yield document.fault((*at, "signatures"), problem)
        profile = declared.profiles.get(keys.contract)
        for i, signature in enumerate(keys.signatures if profile else ()):
            if profile and (why := signature_fault(signature, profile)):
                yield document.fault((*at, "signatures", i), why)
        strange = sorted(keys.triggered_service_ids - keys.service_ids) if keys.service_ids else []
        if strange:
            yield document.fault((*at, "triggered_service_ids"), f"{strange[0]!r} is not among service_ids")


def _account_protection(declared: Declared) -> Iterator[Fault]:
    """S0-5.6: a key customer of a province is not registered through another."""
    for document, at, keys in _accounts(declared) if declared.protection else ():
        profile = declared.profiles.get(keys.contract)
        if profile is not None and not profile.protected_check:
            continue
        who = {"province": keys.province, "customer": keys.customer, "credit_code": keys.credit_code}
        fault = declared.protection.registration_fault(**who)
        if fault:
            yield document.fault((*at, "credit_code" if fault.startswith("credit") else "customer"), fault)
        for i, signature in enumerate(keys.signatures):
            fault = declared.protection.registration_fault(
                province=keys.province, customer="", credit_code="", signature=signature
            )
            if fault:
                yield document.fault((*at, "signatures", i), fault)


# --- channels ----------------------------------------------------------------------------------------------------


def _channels(declared: Declared) -> Iterator[tuple[Document, tuple[str, str], ChannelKeys]]:
    for name, (document, keys) in declared.channels.items():
        if keys is not None:
            yield document, ("channels", name), keys


def _channel_names(declared: Declared) -> Iterator[Fault]:
    for document, at, keys in _channels(declared):
        if keys.contract and keys.contract not in declared.profiles:
            yield document.fault((*at, "contract"), _unknown("contract", keys.contract, declared.profiles))
        for i, prefix in enumerate(keys.prefixes):
            problem = _prefix_problem(prefix, declared.prefix_groups)
            if problem:
                yield document.fault((*at, "prefixes", i), problem)


def _prefix_problem(prefix: str, groups: Mapping[str, tuple[str, ...]] | None) -> str | None:
    if prefix.startswith("@"):
        is_known = groups is None or prefix[1:] in groups
        return None if is_known else _unknown("group in data/prefixes.toml", prefix[1:], groups or ())
    is_plain = prefix.isascii() and prefix.isdecimal() and len(prefix) <= 15
    return None if is_plain else f"{prefix!r} is neither up to 15 digits nor @group"


def _channel_logins(declared: Declared) -> Iterator[Fault]:
    for document, at, keys in _channels(declared):
        yield from _password(document, at, keys)
        protocol = CARRIER_PROTOCOLS[WIRES[keys.wire].protocol]
        name = protocol.name.upper()
        yield from _login(document, at, keys, protocol.login_faults, is_long_allowed=keys.quirks.long_password)
        if keys.bind_mode not in protocol.bind_modes:
            yield document.fault((*at, "bind_mode"), f"{name} has only binds for both ways: trx")
        for i, link in enumerate(keys.links):
            if link.tls and not protocol.has_tls:
                yield document.fault((*at, "links", i, "tls"), f"{name} is not spoken in TLS")


def _channel_numbers(declared: Declared) -> Iterator[Fault]:
    for document, at, keys in _channels(declared):
        binds = sum(link.count for link in keys.links) * (1 if keys.bind_mode == "trx" else 2)
        if binds > keys.binds_max:
            yield document.fault((*at, "binds_max"), f"the links make {binds} binds, more than {keys.binds_max}")
        if keys.reconnect_min_s > keys.reconnect_max_s:
            yield document.fault((*at, "reconnect_max_s"), f"is shorter than reconnect_min_s, {keys.reconnect_min_s}")


# --- the node ----------------------------------------------------------------------------------------------------


def _ports(declared: Declared) -> Iterator[Fault]:
    node, document = declared.node, declared.node_document
    if node is None or document is None:
        return
    addresses: list[tuple[tuple[str, ...], str, int]]
    listeners = [*node.listeners.items(), *node.listeners.http_items()]
    addresses = [(("listeners", name), each.host, each.port) for name, each in listeners]
    addresses.append((("admin",), node.admin.host, node.admin.port))
    for i, (at, host, port) in enumerate(addresses):
        for other_at, other_host, other_port in addresses[:i]:
            if port and port == other_port and (host == other_host or {host, other_host} & _ANY_HOST):
                yield document.fault((*at, "port"), f"{'.'.join(other_at)} listens on port {port} too")


def _database(declared: Declared) -> Iterator[Fault]:
    if declared.node is None or declared.node_document is None:
        return
    given = declared.node.database
    if sum(dsn is not None for dsn in (given.dsn_in_file, given.dsn_file, given.dsn_credential)) > 1:
        yield declared.node_document.fault(("database",), "give one of dsn, dsn_file and dsn_credential")


# --- shared ------------------------------------------------------------------------------------------------------


def _password(document: Document, at: tuple[str, str], keys: WithPassword) -> Iterator[Fault]:
    if len(keys.secrets) != 1:
        problem = "give one of password, password_file and password_credential"
        yield document.fault((*at, "password"), problem if keys.secrets else f"is missing: {problem}")


def _login(
    document: Document, at: tuple[str, str], keys: AccountKeys | ChannelKeys,
    faults: Callable[[str, str, bool], LoginFaults], *, is_long_allowed: bool,
) -> Iterator[Fault]:
    password = keys.secrets[0] if len(keys.secrets) == 1 else ""
    for key, problem in faults(keys.login, password, is_long_allowed):
        yield document.fault((*at, _password_key(keys) if key == "password" else key), problem)


def _password_key(keys: WithPassword) -> str:
    names = ("password", "password_file", "password_credential")
    return next((name for name in names if getattr(keys, name) is not None), "password")


def _unknown(what: str, name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"there is no {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


_RULES: Final = (
    _account_names,
    _account_logins,
    _account_codes,
    _account_signatures,
    _account_protection,
    _channel_names,
    _channel_logins,
    _channel_numbers,
    _ports,
    _database,
)
