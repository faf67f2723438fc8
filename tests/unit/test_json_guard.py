"""The JSON guard: exact numbers, one meaning, no content in what it says."""

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.errors import BadRequest
from service.json_guard import DEEPEST, read_json


def refusal(body: bytes) -> str:
    with pytest.raises(BadRequest) as caught:
        read_json(body)
    return str(caught.value)


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def test_a_decimal_keeps_the_digits_that_were_sent() -> None:
    assert read_json(b'{"value": 1.10, "count": 3}') == {"value": Decimal("1.10"), "count": 3}
    assert str(read_json(b"1.10")) == "1.10"


@pytest.mark.parametrize("piece", [b"[]", b"{}", b"1", b'""', b"[[],[]]"])
def test_a_text_of_countless_empty_values_is_not_unpacked(piece: bytes) -> None:
    assert read_json(b"[" + b",".join([piece] * 1000) + b"]")
    assert "more values" in refusal(b"[" + b",".join([piece] * 100_000) + b"]")


def test_a_long_record_in_its_most_compact_form_is_read() -> None:
    assert read_json(b"[" + b",".join([b'{"id":"1","x":[{"url":"u","valueInteger":1}]}'] * 10_000) + b"]")


def test_a_whole_number_stays_a_whole_number() -> None:
    assert isinstance(read_json(b"8"), int)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"value": 8.0, "value": 0.8}', "twice"),
        (b'{"value": NaN}', "not valid JSON"),
        (b'{"value": -Infinity}', "not valid JSON"),
        (b'"\\ud800"', "surrogate"),
        (b'"\\ud800\\u0041"', "surrogate"),
        (b'"\xff"', "UTF-8"),
        (b'"\xc0\x80"', "UTF-8"),
        (b'{"a": 1', "too early"),
        (b"[1,]", "comma"),
        (b"[1] x", "follows"),
        (b'"\x01"', "control character"),
        (b"1" * 5000, "too long"),
        (b"1e99999999999999999999", "too large"),
        (b"", "too early"),
    ],
)
def test_what_has_no_single_meaning_is_refused_with_its_position(body: bytes, problem: str) -> None:
    said = refusal(body)
    assert problem in said
    assert "line 1 column" in said


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-16-be")])
def test_other_encodings_and_a_byte_order_mark_are_refused(body: bytes) -> None:
    refusal(body)


def test_a_refusal_never_repeats_a_key_or_a_value() -> None:
    said = refusal(b'{"Erika Mustermann": 1, "Erika Mustermann": 2}')
    assert "Erika" not in said
    assert "Mustermann" not in refusal(b'{"name": "Mustermann", }')


def test_sixty_four_levels_are_read_and_sixty_five_refused() -> None:
    read_json(nested(DEEPEST))
    read_json(b'{"a":' * DEEPEST + b"1" + b"}" * DEEPEST)
    assert "64 levels" in refusal(nested(DEEPEST + 1))
    assert "64 levels" in refusal(b'{"a":' * 65 + b"1" + b"}" * 65)
    assert "64 levels" in refusal(nested(10_000))


def test_brackets_inside_texts_neither_add_nor_hide_levels() -> None:
    read_json(json.dumps(["[" * 100, '"]"[', "[arb'U]/mL"]).encode())
    hiding = b'["]",' * 70 + b"1" + b',"["]' * 70
    assert "64 levels" in refusal(hiding)
    assert "64 levels" in refusal(b'["\\"]",' * 70 + b"1" + b',"\\\\["]' * 70)


@pytest.mark.parametrize("number", ["1e400", "1E+400", "1e-400", "-1e101", "0e1000000", "9" * 130, "0." + "3" * 130])
def test_a_number_that_no_instrument_measures_is_refused(number: str) -> None:
    assert "a number is too" in refusal(f'{{"value": {number}}}'.encode())


@pytest.mark.parametrize(
    "number", ["-0", "1e99", "1e-99", "1e005", "0." + "0" * 77 + "1", "123456789012345678901234567890"]
)
def test_a_number_that_is_merely_unusual_is_read(number: str) -> None:
    assert read_json(number.encode()) == Decimal(number)


def test_a_text_that_looks_like_an_absurd_number_is_read() -> None:
    assert read_json(b'["0e1000", "1e400, ", "7b9e4000]"]') == ["0e1000", "1e400, ", "7b9e4000]"]


@given(st.binary(max_size=60))
@example(b'{"a":\xf0\x28\x8c\x28}')
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    with suppress(BadRequest):
        assert read_json(body) == read_json(body + b" ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(alphabet='[]{}"\\ax', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(JSON, st.integers(1, 70))
def test_depth_is_counted_exactly_whatever_texts_hold(value: object, levels: int) -> None:
    deep = value
    for _ in range(levels):
        deep = [deep]
    body = json.dumps(deep).encode()
    if levels + depth(value) > DEEPEST:
        refusal(body)
    else:
        assert read_json(body) == deep


def depth(value: object) -> int:
    inside = list(value.values()) if isinstance(value, dict) else value
    return 1 + max(map(depth, inside), default=0) if isinstance(inside, list) else 0
