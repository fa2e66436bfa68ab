"""Numbers, texts and secrets as logs may show them: 138****5678, [18 characters], ***.

Three families of keys are masked by name; besides, whatever looks like a Chinese mobile number is masked in any text.
Secrets are never shown, whatever the settings say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NUMBER_KEYS = frozenset({"destination", "from", "mobile", "msisdn", "number", "recipient", "source", "to"})
TEXT_KEYS = frozenset({"body", "content", "octets", "pdu", "text"})
SECRET_KEYS = frozenset({"authorization", "credential", "digest", "dsn", "password", "secret", "token"})
SECRET = "***"

_HEAD_KEPT, _TAIL_KEPT = 3, 4
_SHORTEST_SUBSCRIBER = 7  # 10086, 95588, 12306 are services, not people
_SERVICE_CODE = "106"  # no subscriber's number begins so: Chinese mobiles begin 13..19, abroad 1 is followed by 2..9
_MOBILE = re.compile(r"(?<!\d)(\+?86|0086)?(1[3-9]\d{9})(?!\d)")
_COUNTRY = re.compile(r"(\+?86|0086)?(.*)", re.S)


def mask_number(number: str) -> str:
    """Return the number with its middle hidden; service codes and short numbers stay as they are."""
    match = _COUNTRY.fullmatch(number)
    country, rest = (match[1] or "", match[2]) if match else ("", number)
    if len(country) + len(rest) < _SHORTEST_SUBSCRIBER or number.startswith(_SERVICE_CODE):
        return number
    if len(rest) < _SHORTEST_SUBSCRIBER:
        country, rest = "", number
    head = min(_HEAD_KEPT, len(rest) - _TAIL_KEPT - 1)
    return f"{country}{rest[:head]}{'*' * (len(rest) - head - _TAIL_KEPT)}{rest[-_TAIL_KEPT:]}"


def mask_text(text: str | bytes) -> str:
    """Return only the length of a message's text."""
    return f"[{len(text)} {'octets' if isinstance(text, bytes) else 'characters'}]"


def mask_mobiles(text: str) -> str:
    """Hide every Chinese mobile number inside a free text; ids and timestamps are longer or begin otherwise."""
    if len(text) < 11:
        return text
    return _MOBILE.sub(lambda match: (match[1] or "") + mask_number(match[2]), text)


def masked(values: Mapping[str, object], *, is_masked: bool = True) -> dict[str, object]:
    """Return a line's values as they may be written; with `is_masked` False only secrets are hidden."""
    return {key: _masked_value(key, value, is_masked) for key, value in values.items()}


def _masked_value(key: str, value: object, is_masked: bool) -> object:
    if key in SECRET_KEYS:
        return SECRET
    if isinstance(value, Mapping):
        return {name: _masked_value(name, inner, is_masked) for name, inner in value.items()}
    if not is_masked:
        return value
    if isinstance(value, str):
        if key in NUMBER_KEYS:
            return mask_number(value)
        return mask_text(value) if key in TEXT_KEYS else mask_mobiles(value)
    if isinstance(value, bytes) and key in TEXT_KEYS:
        return mask_text(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_masked_value(key, inner, is_masked) for inner in value]
    return value
