"""The bounds of callbacks, as hongyan.toml has them, and the name of a life of the process."""

from __future__ import annotations

import random

from gateway.receivers.callback_states import RetrySteps
from gateway.settings.callback_keys import CallbackKeys


def retry_steps(keys: CallbackKeys) -> RetrySteps:
    """Return how long a failed call waits for the next one."""
    return RetrySteps(keys.retry_first_s, max(keys.retry_first_s, keys.retry_most_s))


def life_of(now: float, rng: random.Random) -> str:
    """Return what tells the cursors of this process from those of every other one: letters and digits."""
    return f"{int(now):x}{rng.getrandbits(32):08x}"
