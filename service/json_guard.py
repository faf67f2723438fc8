"""Strict and exact JSON reading: what could be read in two ways, or cannot be computed with, is refused."""

import re
from decimal import Decimal

import jiter

from service.errors import BadRequest

DEEPEST = 64
_LARGEST_EXPONENT, _MOST_DIGITS = 100, 100
# A value takes 60 bytes of memory and more: a text of nothing but "[]," grows thirtyfold. FHIR has about 20 bytes each.
_BYTES_FOR_A_VALUE, _SMALL = 6, 64 * 1024

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_DIGITS = bytes.maketrans(b"123456789+-.E", b"000000000000e")
# With every digit, sign and point made 0; the hex digits of a UUID seldom end like a number does.
_LARGE_EXPONENT = re.compile(rb"0e000+(?:[\s,\]}]|$)")
_LONG_NUMBER = b"0" * (_MOST_DIGITS // 2)
_POSITION = re.compile(r" at (line \d+ column \d+)$")
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
    """Parse a JSON body; decimals become ``Decimal``, exactly as written.

    Raises BadRequest naming problem and position, never content, for: other encodings than UTF-8, a byte order
    mark, duplicate keys, NaN, Infinity, lone surrogates, over 64 levels, numbers beyond 1e100 or 100 digits,
    more values than a record of that length can have.
    """
    if body.startswith((b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")):
        raise BadRequest("JSON: starts with a byte order mark; send UTF-8 without one")
    if _is_crammed(body):
        raise BadRequest("JSON: holds far more values than a record of this length")
    try:
        value = jiter.from_json(
            body, catch_duplicate_keys=True, float_mode="decimal", allow_inf_nan=False, cache_mode="keys"
        )
    except ValueError as error:
        raise BadRequest(_without_content(str(error))) from None
    if _is_deeper(body, DEEPEST):
        raise BadRequest(f"JSON: nested deeper than {DEEPEST} levels")
    if _may_hold_absurd_number(body) and _holds_absurd_number(value):
        raise BadRequest("JSON: a number is too large, too small or too long to be a measurement")
    return value


def _without_content(message: str) -> str:
    # The parser's own message may quote a key, and a key may be a patient's name.
    position = _POSITION.search(message)
    problem = next((text for mark, text in _PROBLEMS if mark in message), "not valid JSON")
    return f"JSON: {problem}" + (f" ({position[1]})" if position else "")


def _is_crammed(body: bytes) -> bool:
    return len(body) > _SMALL and sum(map(body.count, (b",", b"[", b"{"))) > len(body) // _BYTES_FOR_A_VALUE


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


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _may_hold_absurd_number(body: bytes) -> bool:
    text = body.translate(_DIGITS)
    return _LONG_NUMBER in text or _LARGE_EXPONENT.search(text) is not None


def _holds_absurd_number(value: object) -> bool:
    level = [value]
    while level:
        if any(_is_absurd(item) for item in level):
            return True
        level = [child for parent in level for child in _children(parent)]
    return False


def _is_absurd(value: object) -> bool:
    if isinstance(value, Decimal):
        return abs(value.adjusted()) > _LARGEST_EXPONENT or len(value.as_tuple().digits) > _MOST_DIGITS
    return isinstance(value, int) and value.bit_length() > 4 * _LARGEST_EXPONENT
