"""The twin of PostgresTokens: tokens of the HTTP API in memory."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.api_token import ApiToken


class MemoryTokens:
    """Tokens by their ids."""

    def __init__(self) -> None:
        self.tokens: dict[int, ApiToken] = {}

    def add(self, token: ApiToken) -> ApiToken:
        """Keep a new token; return it with its id."""
        stored = replace(token, id=len(self.tokens) + 1)
        self.tokens[stored.id] = stored
        return stored

    async def live(self, now: float) -> list[ApiToken]:
        """Return every token that may be used now."""
        return [token for token in self.tokens.values() if token.is_live(now)]
