"""Tables of SMPP and CMPP: the standard's statuses and results as this gateway uses them."""

from __future__ import annotations

from gateway.contracts.clause_sentences import Language
from gateway.interfaces.client_pages.code_tables import table
from gateway.interfaces.client_pages.status_words import CONNECT_WORDS, RESULT_WORDS, SMPP_WORDS
from protocols.smpp.constants import status_name


def smpp_statuses(language: Language) -> str:
    """Return the table of standard statuses."""
    heads = {"zh": ("command_status", "名称", "含义"), "en": ("command_status", "name", "meaning")}
    return table(heads[language], (
        (f"0x{int(status):02X}", status_name(status), words.of(language)) for status, words in SMPP_WORDS.items()
    ))


def cmpp_statuses(language: Language) -> str:
    """Return the table of CONNECT_RESP's Status."""
    heads = {"zh": ("Status", "含义"), "en": ("Status", "meaning")}
    return table(heads[language], ((str(int(each)), words.of(language)) for each, words in CONNECT_WORDS.items()))


def cmpp_results(language: Language) -> str:
    """Return the table of SUBMIT_RESP's Result."""
    heads = {"zh": ("Result", "含义"), "en": ("Result", "meaning")}
    return table(heads[language], ((str(int(each)), words.of(language)) for each, words in RESULT_WORDS.items()))
