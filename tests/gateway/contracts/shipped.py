"""The shipped profiles, read from config/contracts as the daemon reads them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from gateway.contracts.profile import Profile, profile_from_dict

FOLDER = Path(__file__).resolve().parents[3] / "config" / "contracts"
NAMES = (
    "prepaid-general",
    "postpaid-general",
    "credit-pack",
    "ad-batch",
    "enterprise-annual",
    "dedicated-line",
    "quota",
    "cloud-mas",
)


@cache
def profile(name: str) -> Profile:
    return profile_from_dict(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), name=name)


S0 = profile("prepaid-general")
S0_POST = profile("postpaid-general")
S1 = profile("credit-pack")
S4 = profile("cloud-mas")
