"""The table [callbacks]: how, and whom, the node calls over HTTP for its accounts."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from gateway.settings.value_kinds import Networks, Table, WordSet, key

_WHOLE: Final = frozenset({"0.0.0.0/0", "::/0"})


def _not_everything(networks: Networks) -> Networks:
    if any(str(network) in _WHOLE for network in networks):
        raise ValueError("would let clients reach every address inside of this network: list those that are meant")
    return networks


class CallbackKeys(Table):
    """Calls to the endpoints of accounts, and to the URLs that messages name. A reload applies it to the next call."""

    allowed_networks: Annotated[Networks, AfterValidator(_not_everything)] = key(
        (), "networks that may be called beside public addresses (10.1.2.0/24); no others inside may", max_length=100
    )
    plain_hosts: Annotated[WordSet, Field(max_length=100)] = key(
        frozenset(), "hosts that may be called by http:// too; all others only by https://"
    )
    timeout_s: float = key(10.0, "a call that takes longer has failed", gt=0, le=60)
    retry_first_s: float = key(5.0, "after a failed call; twice as long after each one more", ge=1, le=600)
    retry_most_s: float = key(900.0, "and never longer than this, whatever Retry-After asks for", ge=1, le=86_400)
    concurrent_max: int = key(200, "calls at a time, of all accounts; each endpoint has one", ge=1, le=10_000)
