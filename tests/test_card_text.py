"""Text that came with the patient can neither act as markup nor hide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from service.cards.text import bullets, escaped, table, visible

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
