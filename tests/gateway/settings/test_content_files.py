"""Words and templates from files: what they become, and each fault on its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.content.lexicon import WordAction
from gateway.content.normal import squeeze
from gateway.settings import diff
from tests.gateway.settings.setup import FILES, faults, read

KEYWORDS = """\
short_hosts = ["short.example"]
[categories.fraud]
title = "诈骗"
clauses = "S0-7.7"
words = ["转账样例"]
files = ["data/words.txt"]
[categories.marketing]
title = "营销"
action = "marketing"
words = ["优惠"]
"""
TEMPLATES = """\
account = "shop"
[templates.code]
text = "您的验证码是{digits 6}"
message_class = "triggered"
"""
CONTENT: dict[str, str | bytes] = {
    "data/keywords.toml": KEYWORDS,
    "data/words.txt": "\ufeff# remark\n加料词 # why\n\n另一个\n",
    "templates/shop.toml": TEMPLATES,
}


def test_what_the_files_become(tmp_path: Path) -> None:
    content = read(tmp_path, CONTENT).content
    assert content.lexicon is not None
    text = "加料词，另一个，转账样例，优惠"
    hits = content.lexicon.find(squeeze(text), text)
    assert [(hit.word, hit.category.action) for hit in hits] == [
        ("加料词", WordAction.REFUSE), ("另一个", WordAction.REFUSE),
        ("转账样例", WordAction.REFUSE), ("优惠", WordAction.MARKETING),
    ]
    assert content.short_hosts == {"short.example"}
    found = content.templates["shop"].match("您的验证码是123456")
    assert found is not None and found.name == "code"


def test_without_files_there_is_nothing(tmp_path: Path) -> None:
    content = read(tmp_path).content
    assert content.lexicon is None and not content.templates


def test_a_changed_word_judges_every_account_anew(tmp_path: Path) -> None:
    old = read(tmp_path / "a", CONTENT)
    assert not diff(old, read(tmp_path / "b", CONTENT))
    other = diff(old, read(tmp_path / "c", {**CONTENT, "data/words.txt": "别的词\n"}))
    assert (str(other), other.policies) == ("sections content", {"shop", "bank"})


FAULTS = [
    ("data/keywords.toml", KEYWORDS.replace('"marketing"\nwords', '"shout"\nwords'), 9, "action"),
    ("data/keywords.toml", KEYWORDS.replace('["优惠"]', '["！"]'), 10, "no letter"),
    ("data/keywords.toml", KEYWORDS.replace("data/words.txt", "data/none.txt"), 6, "there is no file"),
    ("data/words.txt", "好词\n。。\n", 2, "no letter"),
    ("data/words.txt", b"\xff\xfe\x00", 0, "UTF-8"),
    ("templates/shop.toml", TEMPLATES.replace("digits 6", "digit 6"), 3, "is no variable"),
    ("templates/shop.toml", TEMPLATES.replace('"shop"', '"shap"'), 1, "there is no account"),
    ("templates/shop.toml", TEMPLATES.replace('"triggered"', '"loud"'), 4, "must be"),
    ("templates/too.toml", TEMPLATES, 3, "is taken"),
    ("accounts/a.toml", FILES["accounts/a.toml"].replace("routes", 'keywords = ["！"]\nroutes'), 6, "no letter"),
    ("accounts/a.toml", FILES["accounts/a.toml"].replace("routes", 'exempt_categories = ["x"]\nroutes'), 6, "category"),
]


@pytest.mark.parametrize(("name", "text", "line", "words"), FAULTS, ids=[f"{f[0]} {f[3]}" for f in FAULTS])
def test_faults_stand_on_their_lines(tmp_path: Path, name: str, text: str | bytes, line: int, words: str) -> None:
    found = faults(tmp_path, {**CONTENT, name: text})
    assert len(found) == 1, found
    assert found[0].line == line and words in f"{found[0].key} {found[0].problem}"
    assert found[0].file.endswith(name)
