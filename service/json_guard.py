"""Strict and exact JSON reading: what could be read in two ways, or cannot be computed with, is refused."""

import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import TypeGuard

import jiter
import orjson

from service.errors import BadRequest, PayloadTooLarge

DEEPEST = 64
_LARGEST_EXPONENT, _MOST_DIGITS = 100, 100
# A value takes 60 bytes of memory and more: a text of nothing but "[]," grows thirtyfold. FHIR has about 20 bytes each.
_BYTES_FOR_A_VALUE, _SMALL = 6, 64 * 1024

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_DIGITS = bytes.maketrans(b"123456789+-.E", b"000000000000e")
# Most of a body, and in no number: the letters g to z, and marks.
_NO_NUMBER = bytes(range(ord("g"), ord("z") + 1)) + bytes(range(ord("G"), ord("Z") + 1)) + b' "{}[]/'
# With every digit, sign and point made 0; the hex digits of a UUID seldom end like a number does.
_EXPONENT = b"0e000"
_LARGE_EXPONENT = re.compile(rb"0e000+(?:[\s,\]}]|$)")
# No whole number within the bits that are taken has more digits, with sign and point.
_LONGEST_NUMBER = 123
_LONG_NUMBER = b"0" * (_MOST_DIGITS // 2)
_POSITION = re.compile(r" at (line \d+ column \d+)$")
# Numbers that the parser itself may refuse; what stands for them is refused after it.
_BEYOND = re.compile(rb"-?\d(?:[\d.]{100,}(?:[eE][+-]?\d+)?|[\d.]{0,99}[eE][+-]?\d{3,})")
_STAND_IN = b"1e%d" % (_LARGEST_EXPONENT + 1)
_PIECE = 256 * 1024
# The parser goes 200 levels deep, and does not count what is empty: with these around it a body has one level less
# than it may have. Below this size its brackets are counted sooner.
_LISTS = 200 - DEEPEST + 1
_LISTS_BEGIN, _LISTS_END = b"[" * _LISTS, b"]" * _LISTS
_WORTH_THE_LISTS = 8 * 1024
_MISSED = object()
_NUL = rb"\u0000"
_UTF_8_MARK, _UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xfe\xff", b"\xff\xfe")
_ABSURD = "JSON: a number is too large, too small or too long to be a measurement"
# Set in a resource that held a number which is no measurement; the number itself is gone.
HELD_NO_MEASUREMENT = "$heldNoMeasurement"
_HOLDERS = ("Bundle", "Parameters")
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
    if _may_hold_absurd_number(body) and _holds_absurd_number(value):
        raise BadRequest(_ABSURD)
    return value


def read_resources(body: bytes, below: str = "") -> object:
    """The same, for a body that holds FHIR resources: a number beyond measure spoils only the resource it stands in.

    It becomes null there, and the resource gets the key ``HELD_NO_MEASUREMENT``. ``below``: only what stands under
    this key of the body is excused so. Raises BadRequest as ``read_json`` does for everything else.
    """
    body = _checked(body)
    if not _may_hold_absurd_number(body):
        return _parsed(body)
    value = _parsed(_tamed(body))
    for number_of in _absurd_numbers(value, below):
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
    masked, is_inside = _without_escapes(body), False
    for start in range(0, len(masked), _PIECE):
        parts = masked[start : start + _PIECE].split(b'"')
        yield b"".join(parts[is_inside::2])
        is_inside ^= len(parts) % 2 == 0


def _without_escapes(body: bytes) -> bytes:
    """The body with nothing escaped in its texts, at the same length: then every quote begins or ends a text."""
    return body.replace(b"\\\\", b"xx").replace(b'\\"', b"xx") if b"\\" in body else body


def _tamed(body: bytes) -> bytes:
    """The body with a number that is surely absurd in place of those that the parser itself might refuse."""
    masked = _without_escapes(body)
    kept: list[bytes] = []
    taken = counted = quotes = 0
    for found in _BEYOND.finditer(masked):
        quotes += masked.count(b'"', counted, found.start())
        counted = found.start()
        if quotes % 2 == 0 and _is_beyond(found[0]):
            kept += (body[taken : found.start()], _STAND_IN)
            taken = found.end()
    return b"".join((*kept, body[taken:]))


def _is_beyond(number: bytes) -> bool:
    digits, _, exponent = number.lower().partition(b"e")
    size = exponent.lstrip(b"+-").lstrip(b"0")
    return (
        len(digits) > _LONGEST_NUMBER
        or len(size) > len(str(_LARGEST_EXPONENT))
        or int(size or b"0") > _LARGEST_EXPONENT
    )


def _absurd_numbers(value: object, below: str) -> list[dict[str, object]]:
    """The resource of each number beyond measure, which becomes null; BadRequest for one outside of resources."""
    inside: list[dict[str, object]] = []
    # What is still to be looked at: a value, the resource that it stands in, and whether resources are excused there.
    rest: list[tuple[object, dict[str, object] | None, bool]] = [(value, None, not below)]
    while rest:
        holder, owner, is_excused = rest.pop()
        if is_excused and owner is None and _is_resource(holder):
            owner = holder
        for key, child in _named_children(holder):
            if _is_absurd(child):
                if owner is None:
                    raise BadRequest(_ABSURD)
                holder[key] = None  # type: ignore[index]  # a list by number, an object by name
                inside.append(owner)
            elif isinstance(child, dict | list):
                rest.append((child, owner, is_excused or (holder is value and key == below)))
    if _is_absurd(value):
        raise BadRequest(_ABSURD)
    return inside


def _is_resource(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str) and not _is_holder(value)


def _is_holder(value: dict[str, object]) -> bool:
    return value["resourceType"] in _HOLDERS


def _named_children(value: object) -> list[tuple[str | int, object]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


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
    # What is in no number is dropped first: what is left may look like one, and a number surely does.
    likely = body.translate(_DIGITS, _NO_NUMBER)
    # From behind: then each step compares the beginning of what is sought, of which the end is nearly everywhere.
    if _LONG_NUMBER not in likely and likely.rfind(_EXPONENT) < 0:
        return False
    text = body.translate(_DIGITS)
    return _LONG_NUMBER in text or (_EXPONENT in text and _LARGE_EXPONENT.search(text) is not None)


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
