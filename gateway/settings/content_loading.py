"""data/keywords.toml with its word files, and templates/*.toml: read, checked, every fault placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from gateway.content.lists import ContentLists
from gateway.content.rules import check_words
from gateway.content.templates import TemplateError, parse
from gateway.settings.content_tables import CategoryKeys, KeywordFile, TemplateFile, TemplateKeys, lists_of
from gateway.settings.crosscheck import Declared
from gateway.settings.document import FILE_OCTETS_MAX, Document
from gateway.settings.settings_faults import Fault

WORDS_MAX: Final = 200_000
PLACEHOLDERS: Final = frozenset({
    "违禁样例甲", "违禁样例乙", "违禁样例丙", "转账到安全账户样例", "fraudsample", "phish.example", "仿冒网址样例",
    "秒批放款样例", "待审样例",
})  # words of shipped sets, made up to try the gateway with
TEMPLATES_MAX: Final = 100_000


class ContentReader:
    """Gathers what the files of content hold, and what is wrong with them."""

    def __init__(self, context: Mapping[str, object]) -> None:
        self._context = context
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []  # words that are there to try the gateway with
        self._keywords: KeywordFile | None = None
        self._words: dict[str, tuple[str, ...]] = {}
        self._templates: dict[str, dict[str, TemplateKeys]] = {}

    def read_keywords(self, path: Path) -> None:
        """Read the categories; a missing file means that there are none."""
        if not path.exists():
            return
        document = Document(path)
        self._keywords = document.check(KeywordFile, self._context) if document.is_readable else None
        self.faults += document.faults
        for name, keys in (self._keywords.categories if self._keywords else {}).items():
            words = [word for file in keys.files for word in self._read_words(file)]
            self._words[name] = tuple(words)
            fault = check_words(keys.words)
            if fault is not None:
                self.faults.append(document.fault(("categories", name, "words"), fault))
            self._warn_of_placeholders(document, name, keys)
        count = sum(map(len, self._words.values()))
        if count > WORDS_MAX:
            self.faults.append(document.fault((), f"{count} words, at most {WORDS_MAX}"))

    def _warn_of_placeholders(self, document: Document, name: str, keys: CategoryKeys) -> None:
        made_up = [word for word in (*keys.words, *self._words[name]) if word in PLACEHOLDERS]
        if made_up:
            problem = (
                f"{keys.title}: made-up words ({', '.join(made_up)}); put those of this kind in their place"
                " (占位样例词，请替换为实际词库)"
            )
            self.warnings.append(document.fault(("categories", name, "words"), problem))

    def _read_words(self, path: Path) -> Iterable[str]:
        try:
            octets = path.read_bytes() if path.stat().st_size <= FILE_OCTETS_MAX else None
            lines = octets.decode("utf-8-sig").splitlines() if octets is not None else None
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(Fault(str(path), 0, "", f"cannot be read as UTF-8 text: {error}"))
            return
        if lines is None:
            self.faults.append(Fault(str(path), 0, "", f"is longer than {FILE_OCTETS_MAX} octets"))
            return
        for number, line in enumerate(lines, 1):
            word = line.partition("#")[0].strip()
            fault = check_words([word]) if word else None
            if fault is not None:
                self.faults.append(Fault(str(path), number, "", fault))
            elif word:
                yield word

    def read_templates(self, documents: Iterable[Document], declared: Declared) -> None:
        """Read the templates of every account; a name is taken once an account."""
        for document in documents:
            checked = document.check(TemplateFile, self._context) if document.is_readable else None
            self.faults += document.faults
            if checked is None:
                continue
            if checked.account not in declared.accounts and "accounts" not in declared.unreadable:
                self.faults.append(document.fault(("account",), f"there is no account {checked.account!r}"))
            own = self._templates.setdefault(checked.account, {})
            for name, keys in checked.templates.items():
                fault = "this name is taken" if name in own else _template_fault(keys.text)
                if fault is not None:
                    self.faults.append(document.fault(("templates", name, "text"), fault))
                own[name] = keys
            if len(own) > TEMPLATES_MAX:
                self.faults.append(document.fault((), f"an account has at most {TEMPLATES_MAX} templates"))

    def check_accounts(self, declared: Declared) -> None:
        """Look at what accounts say of content: their words, and the categories that they name."""
        known = set(self._keywords.categories) if self._keywords else set()
        for name, (document, keys) in declared.accounts.items():
            for field in ("keywords", "allow_words") if keys is not None else ():
                fault = check_words(getattr(keys, field))
                if fault is not None:
                    self.faults.append(document.fault(("accounts", name, field), fault))
            strange = sorted(keys.exempt_categories - known) if keys is not None else []
            if strange:
                problem = f"there is no category {strange[0]!r} in data/keywords.toml"
                self.faults.append(document.fault(("accounts", name, "exempt_categories"), problem))

    def lists(self) -> ContentLists:
        """Return what was read; nothing may be wrong with it."""
        return lists_of(self._keywords, self._words, self._templates)


def _template_fault(text: str) -> str | None:
    try:
        parse(text)
    except TemplateError as error:
        return str(error)
    return None
