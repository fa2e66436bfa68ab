"""Links and numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content.links import (
    bare_link,
    bare_number,
    find_links,
    find_numbers,
    is_filed,
    is_short,
    may_hold_link,
    read_links,
)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("请访问www.example.com。", [("www.example.com", "")]),
        ("请访问https://www.example.com/a/b?c=1#d，谢谢", [("www.example.com", "/a/b?c=1#d")]),
        ("点击example.com/x，领取", [("example.com", "/x")]),
        ("（example.com/x）", [("example.com", "/x")]),
        ("(see example.com/x).", [("example.com", "/x")]),
        ("ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ／ｘ", [("www.example.com", "/x")]),
        ("example。com/x", [("example.com", "/x")]),
        ("HTTP://EXAMPLE.COM:8080/X", [("example.com", "/X")]),
        ("http://192.0.2.7/x", [("192.0.2.7", "/x")]),
        ("http://intranet.local/x", [("intranet.local", "/x")]),
        ("商城.中国", [("商城.中国", "")]),
        ("请看商城.中国/a", [("请看商城.中国", "/a")]),
        ("xn--fiq228c.com", [("xn--fiq228c.com", "")]),
        ("a.cn b.com.cn", [("a.cn", ""), ("b.com.cn", "")]),
        ("圆周率3.14，版本v2.0.1，U.S.A", []),
        ("欢迎。中国人民", []),
        ("没有链接", []),
        ("结束.com", [("结束.com", "")]),
    ],
)
def test_links(text: str, links: list[tuple[str, str]]) -> None:
    assert find_links(text) == links


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("请致电13800138000。", ["13800138000"]),
        ("+86 138-0013-8000", ["13800138000"]),
        ("008613800138000", ["13800138000"]),
        ("热线400-800-8820", ["4008008820"]),
        ("热线4008008820", ["4008008820"]),
        ("座机010-65551234", ["01065551234"]),
        ("(010)65551234", ["01065551234"]),
        ("（０１０）６５５５１２３４", ["01065551234"]),
        ("回复106901234567", ["106901234567"]),
        ("客服95599", ["95599"]),
        ("验证码123456，金额1234567890123456元", []),
        ("没有", []),
    ],
)
def test_numbers(text: str, numbers: list[str]) -> None:
    assert find_numbers(text) == numbers


@given(
    st.sampled_from(["example.com", "www.example.com.cn", "a-b.example.net", "商城.中国"]),
    st.sampled_from(["", "/", "/a", "/a/b?c=d"]),
    st.sampled_from(["", "，", "。", "！", " ", "（", "："]),
    st.sampled_from(["", "，", "。", "！", " ", "）", "汉"]),
)
def test_a_link_is_found_beside_anything(host: str, path: str, before: str, behind: str) -> None:
    found = find_links(f"打开{before or ' '}{host}{path}{behind}")
    if host.isascii() or behind != "汉" or path:
        assert [name for name, _ in found] == [host]


@pytest.mark.parametrize(
    ("host", "path", "filed", "is_so"),
    [
        ("example.com", "", "example.com", True),
        ("www.example.com", "/a", "example.com", True),
        ("badexample.com", "", "example.com", False),
        ("example.com.evil.net", "", "example.com", False),
        ("example.com", "/shop/1", "https://example.com/shop/", True),
        ("example.com", "/shop", "example.com/shop", True),
        ("example.com", "/shopping", "example.com/shop", False),
        ("example.com", "", "example.com/shop", False),
        ("请看商城.中国", "", "商城.中国", True),
        ("xn--5tzm5g.xn--fiqs8s", "", "商城.中国", False),
        ("商城.中国".encode("idna").decode(), "", "商城.中国", True),
    ],
)
def test_what_is_filed(host: str, path: str, filed: str, is_so: bool) -> None:
    assert is_filed(host, path, [bare_link(filed)]) is is_so


def test_short_links() -> None:
    known = frozenset({"short.example"})
    assert is_short("short.example", "/abc", known)
    assert is_short("www.short.example", "/abc", known)
    assert is_short("a.cn", "/Ab12cd", known)
    assert not is_short("a.cn", "", known)
    assert not is_short("a.cn", "/products/list", known)
    assert not is_short("example.com", "/Ab12cd", known)


def test_bare_forms() -> None:
    assert bare_number("+86 138-0013-8000") == bare_number("13800138000") == "13800138000"
    assert bare_link("HTTPS://Example.com/") == "example.com"


# What links are made of, and what stands beside them: narrow, wide, letters that fold to ASCII, three kinds of stop.
_PIECES = st.sampled_from([
    *"abkSſK019-_ ./:。．｡：／（）Ａｂ０１汉公司", "com", "cn", "ｃｏｍ", "中国", "://", "：／／", "xn--", "example",
])


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_what_is_passed_over_has_no_link(text: str) -> None:
    assert may_hold_link(text) or not read_links(text)


@pytest.mark.parametrize("text", [
    "Your parcel waits at the counter. Thank you.", "It costs 3.14...", "v2.0.1 is out.", "欢迎。中国人民", "共3.5元．",
])
def test_a_stop_by_itself_is_not_worth_a_look(text: str) -> None:
    assert not may_hold_link(text)


@pytest.mark.parametrize(("text", "host"), [
    ("ｅｘａｍｐｌｅ。ｃｏｍ", "example.com"), ("example．com", "example.com"), ("example｡ｃｏｍ", "example.com"),
    ("见ｈｔｔｐ：／／192.0.2.7／x", "192.0.2.7"),
])
def test_a_wide_link_is_one(text: str, host: str) -> None:
    assert [found for found, _ in find_links(text)] == [host]
