"""Strict and exact JSON reading: what could be read in two ways, or cannot be computed with, is refused."""

import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO

import jiter
import orjson

from service.errors import BadRequest, PayloadTooLarge
from service.json_numbers import (
    ABSURD,
    absurd_numbers,
    holds_absurd_number,
    may_hold_absurd_number,
    tamed,
    without_escapes,
)

DEEPEST = 64
# A value takes 60 bytes of memory and more: a text of nothing but "[]," grows thirtyfold. FHIR has about 20 bytes each.
_BYTES_FOR_A_VALUE, _SMALL = 6, 64 * 1024

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_POSITION = re.compile(r" at (line \d+ column \d+)$")
_PIECE = 256 * 1024
# The parser goes 200 levels deep, and does not count what is empty: with these around it a body has one level less
# than it may have. Below this size its brackets are counted sooner.
_LISTS = 200 - DEEPEST + 1
_LISTS_BEGIN, _LISTS_END = b"[" * _LISTS, b"]" * _LISTS
_WORTH_THE_LISTS = 8 * 1024
_MISSED = object()
_NUL = rb"\u0000"
_UTF_8_MARK, _UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xfe\xff", b"\xff\xfe")
# Set in a resource that held a number which is no measurement; the number itself is gone.
HELD_NO_MEASUREMENT = "$heldNoMeasurement"
_PROBLEMS = (
    ("duplicate key", "a key stands twice in one object; send it once"),
    ("recursion", f"nested deeper than {DEEPEST} levels"),
    ("out of range", "a number is too long to be a measurement"),
    ("InvalidOperation", "a number is too large to be a measurement"),
    ("unicode", "not valid UTF-8"),
    ("surrogate", "half of a surrogate pair; send whole characters"),
    ("hex escape", "half of a surrogate pair or a broken \\u escape; send whole characters"),
    ("EOF", "the text ends too early"),
    ("trailing comma", "a comma too many"),
    ("trailing characters", "something follows the end"),
    ("control character", "a control character inside a text; escape it"),
)


def read_json(body: bytes) -> object:
    """Parse a JSON body; decimals become ``Decimal``, exactly as written. A UTF-8 byte order mark is dropped.

    Raises BadRequest naming problem and position, never content, for: other encodings than UTF-8, duplicate keys, NaN,
    Infinity, lone surrogates, NUL, over 64 levels, numbers beyond 1e100 or 100 digits, more values than a record of
    that length can have.
    """
    body = _checked(body)
    value = _parsed(body)
    if may_hold_absurd_number(body) and holds_absurd_number(value):
        raise BadRequest(ABSURD)
    return value


def read_resources(body: bytes, below: str = "") -> object:
    """The same, for a body that holds FHIR resources: a number beyond measure spoils only the resource it stands in.

    It becomes null there, and the resource gets the key ``HELD_NO_MEASUREMENT``. ``below``: only what stands under
    this key of the body is excused so. Raises BadRequest as ``read_json`` does for everything else.
    """
    body = _checked(body)
    if not may_hold_absurd_number(body):
        return _parsed(body)
    value = _parsed(tamed(body))
    for number_of in absurd_numbers(value, below):
        number_of[HELD_NO_MEASUREMENT] = True
    return value


def read_lines(body: bytes, most: int) -> list[object]:
    """NDJSON: each line that is not blank as ``read_resources`` reads it; BadRequest names the line that is wrong.

    PayloadTooLarge over ``most`` lines.
    """
    values: list[object] = []
    for number, line in enumerate(BytesIO(_checked(body)), start=1):
        text = line.strip(b" \t\r\n")
        if not text:
            continue
        if len(values) == most:
            raise PayloadTooLarge(f"The body has more than {most} lines; send fewer at once")
        try:
            values.append(read_resources(text))
        except BadRequest as problem:
            raise BadRequest(f"Line {number} of the body: {problem}; NDJSON has one whole resource on each") from None
    return values


def exact_number(value: object) -> orjson.Fragment:
    """For ``orjson.dumps``: a number of a sender's own resource, digit by digit as it was sent."""
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError


def _checked(body: bytes) -> bytes:
    if body.startswith(_UTF_16_MARKS):
        raise BadRequest("JSON: not UTF-8; send UTF-8")
    body = body.removeprefix(_UTF_8_MARK)
    if _is_crammed(body):
        raise BadRequest("JSON: holds far more values than a record of this length")
    return body


def _parsed(body: bytes) -> object:
    value = _in_the_deep(body) if len(body) > _WORTH_THE_LISTS else _MISSED
    if value is _MISSED:
        value = _parsed_alone(body)
    if _holds_nul(body):
        raise BadRequest("JSON: a text holds the character NUL (\\u0000), which no text of a record may; leave it out")
    return value


def _in_the_deep(body: bytes) -> object:
    """The value, parsed so deep inside lists that the parser itself sees what is nested too deep; else ``_MISSED``.

    To count the brackets of a body takes a sixth of the time that it takes to parse it.
    """
    try:
        value = _from_json(b"".join((_LISTS_BEGIN, body, _LISTS_END)))
        # A body that ends some of these lists itself and begins others leaves more than one value in one of them.
        for _ in range(_LISTS):
            (value,) = value  # type: ignore[misc]  # a list of ours
    except ValueError:
        # Alone it is told what is wrong with it, and where.
        return _MISSED
    return value


def _parsed_alone(body: bytes) -> object:
    try:
        value = _from_json(body)
    except ValueError as error:
        raise BadRequest(_without_content(str(error))) from None
    if _is_deeper(body, DEEPEST):
        raise BadRequest(f"JSON: nested deeper than {DEEPEST} levels")
    return value


def _from_json(text: bytes) -> object:
    return jiter.from_json(
        text, catch_duplicate_keys=True, float_mode="decimal", allow_inf_nan=False, cache_mode="keys"
    )


def _holds_nul(body: bytes) -> bool:
    # One of our stores keeps it and the other does not, so neither gets it.
    # One byte is found far faster than six, and many bodies have nothing escaped.
    return b"\\" in body and _NUL in body and _NUL in body.replace(b"\\\\", b"")


def _without_content(message: str) -> str:
    # The parser's own message may quote a key, and a key may be a patient's name.
    position = _POSITION.search(message)
    problem = next((text for mark, text in _PROBLEMS if mark in message), "not valid JSON")
    return f"JSON: {problem}" + (f" ({position[1]})" if position else "")


def _is_crammed(body: bytes) -> bool:
    most = len(body) // _BYTES_FOR_A_VALUE
    if len(body) <= _SMALL or _values(body) <= most:
        return False
    return sum(map(_values, _outside_texts(body))) > most


def _values(text: bytes) -> int:
    return sum(map(text.count, (b",", b"[", b"{")))


def _outside_texts(body: bytes) -> Iterator[bytes]:
    """What stands outside the texts of a JSON body, piece by piece."""
    masked, is_inside = without_escapes(body), False
    for start in range(0, len(masked), _PIECE):
        parts = masked[start : start + _PIECE].split(b'"')
        yield b"".join(parts[is_inside::2])
        is_inside ^= len(parts) % 2 == 0


def _is_deeper(body: bytes, limit: int) -> bool:
    """Whether valid JSON nests deeper than ``limit``, by its brackets outside texts: each round takes one level."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = body.translate(_BRACKETS, _NO_MARK).replace(b'""', b"")
    if b'"' in brackets:
        # A quote is left only where a text holds brackets, and pairs were dropped: take what lies outside the quotes.
        brackets = b"".join(brackets.split(b'"')[::2])
    for _ in range(limit):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)
