"""Tables of what all protocols share: reject keys, clauses, words and codes of receipts, refused logins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from gateway.contracts.clause_sentences import Language, clause_sentence, known_clauses
from gateway.contracts.clauses import clauses_of_refusals
from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.error_words import err_of
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.outcome import State
from gateway.domain.reject_keys import Key, Retry
from gateway.domain.reject_words import REJECT_WORDS
from gateway.interfaces.client_pages.status_words import BIND_WORDS, OWN_CODES, STATE_WORDS
from gateway.interfaces.http_api.problem_words import WORDS
from gateway.settings.clause_table import CONTRACTS
from protocols.cmpp.pdus import Connect
from protocols.smpp.pdus import BindTransceiver

_RETRY: Final[dict[Retry, tuple[str, str]]] = {
    Retry.NEVER: ("否", "no"), Retry.LATER: ("稍后", "later"),
    Retry.AFTER_TOP_UP: ("结清后", "once the account is settled"),
    Retry.AFTER_DATE: ("恢复后", "once it is open again"), Retry.AFTER_FILING: ("报备后", "once it is filed"),
}
_NONE: Final = "–"
_ERR_EXAMPLES: Final = ("27", "MK:0012", "GW:0061", "S:0045", "BLACK", "MB:1042", "S:0450", "GW:CANC")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def one_of(language: Language, chinese: str, english: str) -> str:
    return chinese if language == "zh" else english


def reject_keys(language: Language) -> str:
    """Return the table of every reject key in every protocol, with the clauses that it may cite."""
    heads = {
        "zh": ("原因", "SMPP", "CMPP", "HTTP", "报告码", "条款", "说明", "处理", "可否重发"),
        "en": ("key", "SMPP", "CMPP", "HTTP", "in a receipt", "clauses", "why", "what to do", "again?"),
    }
    clauses = clauses_of_refusals()
    return table(heads[language], (
        (
            key.name, _status(key.smpp_status), str(key.cmpp_result), str(WORDS[key.name].status), key.stat or _NONE,
            ", ".join(clauses.get(key.name, ())) or _NONE, REJECT_WORDS[key].why.of(language),
            REJECT_WORDS[key].advice.of(language), one_of(language, *_RETRY[key.retry]),
        )
        for key in Key
    ))


def receipt_words(language: Language) -> str:
    """Return the table of the words of receipts."""
    heads = {"zh": ("状态词", "message_state", "含义"), "en": ("word", "message_state", "meaning")}
    return table(heads[language], (
        (state.stat, str(int(state)), words.of(language)) for state, words in STATE_WORDS.items()
    ))


def own_codes(language: Language) -> str:
    """Return the table of the codes that receipts carry beside those of reject keys."""
    heads = {"zh": ("代码", "状态词", "含义"), "en": ("code", "word", "meaning")}
    return table(heads[language], ((code, word, words.of(language)) for code, (word, words) in OWN_CODES.items()))


def err_digits(language: Language) -> str:
    """Return examples of what `err:` makes of a code."""
    heads = {"zh": ("失败代码", "err"), "en": ("code of the failure", "err")}
    return table(heads[language], ((code, err_of(State.UNDELIVERABLE, code)) for code in _ERR_EXAMPLES))


def refused_logins(language: Language) -> str:
    """Return the table of why a login is refused, as SMPP and CMPP say it."""
    heads = {
        "zh": ("原因", "SMPP command_status", "CMPP Status"), "en": ("why", "SMPP command_status", "CMPP Status"),
    }
    rows = []
    for reason, words in BIND_WORDS.items():
        smpp = SmppClientDialect.bind_refused(BindTransceiver("", "", "", 0x34), reason)
        cmpp = CmppClientDialect.bind_refused(Connect("", b"", 0x20, 0), reason)
        rows.append((words.of(language), f"{_status(smpp.status)} {SmppClientDialect.bind_status(reason)}",
                     str(int(cmpp.status))))
    return table(heads[language], rows)


def clauses(language: Language) -> str:
    """Return every clause that a refusal or an explanation may cite, by contract, with what it says."""
    heads = {"zh": ("条款", "内容"), "en": ("clause", "what it says")}
    found: dict[str, list[tuple[str, str]]] = {}
    for clause in sorted(known_clauses() - {"D"}):
        found.setdefault(clause.partition("-")[0], []).append((clause, clause_sentence(clause, language)))
    parts = []
    for family in sorted(found):
        title = one_of(language, f"合同 {family}", CONTRACTS[family].partition(" (")[0])
        parts.append(f"## {title}\n\n{table(heads[language], found[family])}")
    return "\n\n".join(parts)


def _status(number: int) -> str:
    return f"0x{number:02X}" if number < 0x100 else f"0x{number:X}"
