"""Text that came with the patient can neither act as markup nor hide."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from service.cards.text import bullets, escaped, table, visible

WORD_JOINER = "\u2060"
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![beacon](http://evil.example/?p=1)",
    "http://evil.example/x",
    "www.evil.example",
    "a | b | c\n| --- |",
    "```\nfence",
    "# heading",
    "*bold* _slanted_ ~~gone~~",
    "&lt;b&gt;",
    "\u202edesrever\u202c",
    "zero\u200bwidth\x00\x07",
    "1. list",
]


@pytest.mark.conforms("CRD-5")
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is_and_does_nothing(text: str) -> None:
    rendered = GFM.renderInline(escaped(text))
    for element in ("<img", "<script", "<a ", "<code", "<em", "<strong", "<s>", "<del"):
        assert element not in rendered


# GitHub-flavoured Markdown makes links without markup, and most viewers make more of them than it says.
LINKING = MarkdownIt("gfm-like", {"html": True, "linkify": True})
LIKE_LINKS = [
    "www.evil.example",
    "WWW.evil.com",
    "see www.evil.com/x?y",
    "http://evil.example/x",
    "HTTPS://evil.com",
    "ftp://evil.com/a",
    "//evil.com/x",
    "mg//evil.com",
    "g/kg//www.evil.com",
    "evil.com",
    "evil.com:8080/a",
    "a@evil.com",
    "a.b-c+d_e@evil.co.uk",
    "a@b@evil.com",
    "mailto:a@evil.com",
    "xmpp:a@evil.com/x",
    "<http://evil.com>",
    "<a@evil.com>",
    "[x]: http://evil.com",
    "x:www.evil.com",
    "_www.evil.com_",
    "(www.evil.com)",
    "evil.рф",
    "xn--e1afmkfd.xn--p1ai",
    "http:evil.com",
    "javascript:alert(1)",
]


def test_the_viewer_of_these_tests_makes_links_of_what_is_not_escaped() -> None:
    assert all("<a " in LINKING.renderInline(text) for text in ("www.evil.com", "a@evil.com", "//evil.com", "evil.com"))


@pytest.mark.parametrize("text", LIKE_LINKS)
@pytest.mark.parametrize("place", ["sentence", "cell", "item"])
def test_no_text_of_a_patient_becomes_a_link(text: str, place: str) -> None:
    made = {"sentence": escaped(text), "cell": table(["head"], [[text]]), "item": bullets([text])}[place]
    rendered = LINKING.render(made)
    assert "<a " not in rendered
    assert text in unescape(re.sub("<[^>]*>", "", rendered)).replace(WORD_JOINER, "")


@pytest.mark.parametrize("text", ["a@evil.com", "xmpp:a@evil.com", "a.b@c.d@evil.com"])
def test_no_name_stands_right_before_the_sign_of_a_mailbox(text: str) -> None:
    # cmark-gfm looks for mailboxes when entities are characters again, from the sign backwards.
    assert not re.search(r"[\w.+-]@", unescape(escaped(text)))


@pytest.mark.parametrize("text", ["G61.8", "0.4 g/kg", "Observation/o1", "2026-03-04T10:20:00Z", "e.g. so: this"])
def test_what_is_no_link_is_left_readable(text: str) -> None:
    assert escaped(text) == text


@given(st.text())
def test_escaped_text_holds_no_tag_no_line_break_and_nothing_invisible(text: str) -> None:
    shown = escaped(text)
    assert "<" not in shown
    assert len(shown.splitlines()) <= 1
    assert shown.isprintable()


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_text_never_grows_over_its_limit(text: str, longest: int) -> None:
    assert len(visible(text, longest)) <= longest


@pytest.mark.conforms("CRD-5")
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_cell_never_breaks_out_of_its_table(cells: list[str]) -> None:
    rendered = GFM.render(table(["head"] * len(cells), [cells]))
    assert rendered.count("<td>") == len(cells)
    assert rendered.count("<tr>") == 2


def test_a_list_has_one_item_for_each_text() -> None:
    rendered = GFM.render(bullets(["- one\n- two", "three"]))
    assert rendered.count("<li>") == 2
