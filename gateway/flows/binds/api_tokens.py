"""The tokens of the HTTP API that may be used now, by what is kept of their texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gateway.domain.api_token import ApiToken, digest_of


class TokenStore(Protocol):
    """Where tokens are kept."""

    async def live(self, now: float) -> list[ApiToken]:
        """Return every token that may be used now. MAY raise StoreAway or the driver's error."""
        ...


class ApiTokens:
    """Loaded when a node starts, changed behind the commit of each change.

    A token is looked for by its digest, so the time that takes says nothing of how much of a text was right.
    """

    def __init__(self) -> None:
        self._by_digest: dict[bytes, ApiToken] = {}

    def __len__(self) -> int:
        return len(self._by_digest)

    def load(self, tokens: Iterable[ApiToken]) -> None:
        """Take the tokens that are stored in the place of those known."""
        self._by_digest = {token.digest: token for token in tokens}

    def put(self, token: ApiToken, now: float) -> None:
        """Take a new token, or a known one as it is now."""
        if token.is_live(now):
            self._by_digest[token.digest] = token
        else:
            self._by_digest.pop(token.digest, None)

    def find(self, text: str, now: float) -> ApiToken | None:
        """Return the token of this text, if it may be used now."""
        token = self._by_digest.get(digest_of(text))
        return token if token is not None and token.is_live(now) else None
