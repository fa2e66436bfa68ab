"""What would happen to one text under a contract: signed, encoded, counted, cut, priced, judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from gateway.contracts.billing import billed_segments, choose_encoding, count_characters
from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.signature import (
    find_signature,
    sign,
    signature_book,
    signature_fault,
    with_unsubscribe,
    without_brackets,
)
from gateway.contracts.window import verdict_at
from gateway.contracts.wire import cut, wire_octets
from gateway.domain.verdict import Key, Reject
from protocols.text.codings import Encoding, encode_text


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer. `key` and `clause` are None when accepted; a refused text bills, sends and costs nothing.

    `octets` counts the user data without headers, `wire_octets` each wire segment with them; GSM7 is one septet an
    octet. `notes` are sentences for the reader.
    """

    verdict: Literal["accept", "hold", "refuse"]
    key: Key | None
    clause: str | None
    final_text: str
    encoding: Encoding
    characters: int
    octets: int
    billed: int = 0
    wire_octets: tuple[int, ...] = ()
    unit_price_hao: int = 0
    charge_hao: int = 0
    release_at: float | None = None
    detail: str = ""
    notes: tuple[str, ...] = ()


def quote(
    profile: Profile,
    text: str,
    *,
    at: float,
    signature: str = "",
    message_class: str = "batch",
    count: int = 1,
    price_hao: int | None = None,
) -> Quote:
    """Return what happens to `count` copies of a text submitted at `at` (unix seconds).

    Without a signature the text is taken as final: whose 【…】 it may bear is the account's matter. `price_hao` is the
    account's own price. Raises EncodingError for a text that is none: half a surrogate pair.
    """
    signed = _sign(profile, text, signature)
    if isinstance(signed, Reject):
        return _refused(profile, text, signed, price_hao)
    final = with_unsubscribe(signed[0], profile, message_class)
    billed = billed_segments(final, profile, signature=signed[1])
    if not billed:
        detail = f"{count_characters(final, profile)} characters; the contract's limit is passed"
        return _refused(profile, final, Reject(Key.LEN, clause_of(profile, "LEN"), detail), price_hao)
    release_at = verdict_at(profile, message_class, at)
    if release_at is not None and profile.window_mode == "reject":
        return _refused(profile, final, Reject(Key.TIME, clause_of(profile, "TIME")), price_hao)
    plain = _plain(profile, final, price_hao)
    wire = tuple(wire_octets(cut(final, plain.encoding, profile), profile))
    accepted = replace(
        plain,
        billed=billed,
        wire_octets=wire,
        charge_hao=count * billed * plain.unit_price_hao,
        notes=_notes(profile, billed, len(wire), signed[1]),
    )
    if release_at is None:
        return accepted
    return replace(accepted, verdict="hold", key=Key.TIME, clause=clause_of(profile, "TIME"), release_at=release_at)


def _sign(profile: Profile, text: str, signature: str) -> tuple[str, str] | Reject:
    if not signature:
        return text, find_signature(text, profile)
    fault = signature_fault(without_brackets(signature), profile)
    if fault is not None:
        return Reject(Key.SIGN, clause_of(profile, "sig_han_max"), fault)
    signed = sign(text, signature_book([signature]), profile)
    return signed if isinstance(signed, Reject) else (signed.text, signed.signature)


def _plain(profile: Profile, text: str, price_hao: int | None) -> Quote:
    encoding = choose_encoding(text, profile)
    return Quote(
        verdict="accept",
        key=None,
        clause=None,
        final_text=text,
        encoding=encoding,
        characters=count_characters(text, profile),
        octets=len(encode_text(text, encoding)),
        unit_price_hao=profile.price if price_hao is None else price_hao,
    )


def _refused(profile: Profile, text: str, reject: Reject, price_hao: int | None) -> Quote:
    plain = _plain(profile, text, price_hao)
    return replace(plain, verdict="refuse", key=reject.key, clause=reject.clause, detail=reject.detail)


def _notes(profile: Profile, billed: int, sent: int, signature: str) -> tuple[str, ...]:
    notes = []
    if sent > billed:
        notes.append(f"margin: {billed} billed, {sent} sent ({clause_of(profile, 'split')})")
    if profile.sig_required and not signature:
        notes.append(f"no signature in it; an account's own would be added ({clause_of(profile, 'sig_required')})")
    if profile.pay_mode == "package":
        notes.append(f"inside the month's package nothing is added ({clause_of(profile, 'packages')})")
    return tuple(notes)
