"""The JSON guard: exact numbers, one meaning, no content in what it says."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.errors import BadRequest, PayloadTooLarge
from service.json_guard import DEEPEST, HELD_NO_MEASUREMENT, read_json, read_lines, read_resources


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


@pytest.mark.parametrize("text", [",", "[,", '\\",{', "\\\\,[", "a, b, [c]"])
def test_marks_inside_a_text_are_no_values(text: str) -> None:
    body = json.dumps([text * 100_000, text * 3, "", [text]]).encode()
    assert read_json(body) == [text * 100_000, text * 3, "", [text]]


def test_values_between_texts_full_of_marks_are_counted() -> None:
    assert "more values" in refusal(b'["' + b"," * 70_000 + b'"' + b",[]" * 100_000 + b"]")


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


@pytest.mark.parametrize("body", ["{}".encode("utf-16"), "{}".encode("utf-16-be")])
def test_other_encodings_are_refused(body: bytes) -> None:
    refusal(body)


def test_the_byte_order_mark_of_utf_8_says_nothing() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("text", [", " * 50_000, "[{," * 30_000, '\\",[' * 20_000, "\\\\,"], ids=len)
def test_commas_and_brackets_inside_texts_are_no_values(text: str) -> None:
    body = json.dumps({"note": text, "more": ["x" * 70_000, text]}).encode()
    assert read_json(body) == {"note": text, "more": ["x" * 70_000, text]}
    assert "more values" in refusal(b'["' + b"x" * 70_000 + b'",' + b",".join([b"1"] * 100_000) + b"]")


def resource(number: str, **more: str) -> str:
    fields = "".join(f',"{name}":{value}' for name, value in more.items())
    return f'{{"resourceType":"Observation","id":"o1","value":[{number}]{fields}}}'


@pytest.mark.parametrize(
    "number",
    ["1e400", "-1E+400", "1e-400", "9" * 5000, "-" + "9" * 130, "0." + "3" * 5000, "1" + "0" * 5000, "1e" + "9" * 30],
)
def test_a_number_beyond_measure_spoils_the_resource_it_stands_in_and_no_other(number: str) -> None:
    sound = '{"resourceType":"Observation","id":"1e400","note":"1e400, 9e9999 \\" 1e400"}'
    sent = f'{{"resourceType":"Bundle","entry":[{{"resource":{resource(number)}}},{{"resource":{sound}}}]}}'
    read: Any = read_resources(sent.encode())
    spoilt, kept = (each["resource"] for each in read["entry"])
    assert spoilt == {"resourceType": "Observation", "id": "o1", "value": [None], HELD_NO_MEASUREMENT: True}
    assert kept == read_json(sound.encode())


def test_a_number_beyond_measure_in_what_is_contained_spoils_the_whole_resource() -> None:
    read: Any = read_resources(resource("1", contained=f"[{resource('1e400')}]").encode())
    assert HELD_NO_MEASUREMENT in read
    assert HELD_NO_MEASUREMENT not in read["contained"][0]


@pytest.mark.parametrize(
    "body",
    [
        '{"resourceType":"Bundle","total":1e400}',
        '{"resourceType":"Parameters","parameter":[{"name":"x","valueDecimal":1e400}]}',
        "[1e400]",
        "1e400",
        '{"resourceType":"Observation","value":NaN}',
        '{"resourceType":"Observation","value":1,"value":1}',
    ],
)
def test_outside_of_resources_and_for_what_is_no_json_the_whole_body_is_refused(body: str) -> None:
    with pytest.raises(BadRequest):
        read_resources(body.encode())


def test_only_what_stands_under_the_named_key_is_excused() -> None:
    sound = resource("1")
    read_resources(f'{{"context":{sound},"prefetch":{{"a":{resource("1e400")}}}}}'.encode(), below="prefetch")
    with pytest.raises(BadRequest, match="measurement"):
        read_resources(f'{{"context":{resource("1e400")},"prefetch":{{}}}}'.encode(), below="prefetch")


def test_lines_are_read_one_by_one_and_the_wrong_one_is_named() -> None:
    assert read_lines(b'\xef\xbb\xbf{"a":1}\r\n\n  \n{"b":2}', 2) == [{"a": 1}, {"b": 2}]
    with pytest.raises(BadRequest, match=r"Line 2 .*NDJSON"):
        read_lines(b'{"a":1}\n{"b":\n2}', 9)
    with pytest.raises(PayloadTooLarge):
        read_lines(b"{}\n" * 3, 2)


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
    assert read_json(b'{"1 2 3":"4 5/6"}' + b" " * 9) == {"1 2 3": "4 5/6"}
    numbers = "1 2 " * 100
    assert read_json(json.dumps([numbers]).encode()) == [numbers]


@given(st.binary(max_size=60))
@example(b'{"a":\xf0\x28\x8c\x28}')
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    with suppress(BadRequest):
        assert read_json(body) == read_json(body + b" ")


# NUL is refused wherever it stands.
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(alphabet='[]{}"\\ax', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
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


# Long bodies are read in another way, which has to come to the same.
LONG = b" " * 20_000


@given(JSON, st.integers(1, 70))
def test_a_long_body_is_read_or_refused_like_a_short_one(value: object, levels: int) -> None:
    body = b'{"a":' * levels + json.dumps(value).encode() + b"}" * levels
    if levels + depth(value) > DEEPEST:
        assert refusal(LONG + body) == refusal(LONG + body + LONG)
        assert "64 levels" in refusal(LONG + body)
    else:
        assert read_json(LONG + body) == read_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b"]",
        b"][",
        b"],[",
        b"1],[1",
        b"[1]],[[1]",
        b"1,1",
        b"]]],[[[",
        b",",
        b"",
        b"[",
        b'{"a":1,"a":1}',
        b"NaN",
        b"1 x",
    ],
)
def test_what_is_no_value_alone_is_none_when_it_is_long(body: bytes) -> None:
    assert "more values" not in refusal(body)
    assert refusal(LONG + body).partition(" (")[0] == refusal(body).partition(" (")[0]
    assert "line 1" in refusal(LONG + body)


def depth(value: object) -> int:
    inside = list(value.values()) if isinstance(value, dict) else value
    return 1 + max(map(depth, inside), default=0) if isinstance(inside, list) else 0


@pytest.mark.parametrize("body", [rb'"\u0000"', rb'{"a\u0000":1}', rb'[{"a":["x\\\u0000"]}]', rb'"\\\\\u0000"'])
def test_a_text_with_nul_is_refused(body: bytes) -> None:
    assert "NUL" in refusal(body)
    with pytest.raises(BadRequest, match="NUL"):
        read_resources(body)
    with pytest.raises(BadRequest, match="Line 2 of the body: JSON: a text holds the character NUL"):
        read_lines(b"{}\n" + body, 10)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'"\\u0000"', r"\u0000"),
        (rb'"\\\\u0000"', r"\\u0000"),
        (rb'"\u0001"', "\x01"),
        (rb'"u0000"', "u0000"),
    ],
)
def test_what_only_looks_like_nul_is_read(body: bytes, text: str) -> None:
    assert read_json(body) == text
