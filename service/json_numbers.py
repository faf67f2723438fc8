"""Numbers of a JSON body that are no measurements: too large, too small or too long to be computed with."""

import re
from decimal import Decimal
from typing import TypeGuard

from service.errors import BadRequest

_LARGEST_EXPONENT, _MOST_DIGITS = 100, 100
_DIGITS = bytes.maketrans(b"123456789+-.E", b"000000000000e")
# Most of a body, and in no number: the letters g to z, and marks.
_NO_NUMBER = bytes(range(ord("g"), ord("z") + 1)) + bytes(range(ord("G"), ord("Z") + 1)) + b' "{}[]/'
# With every digit, sign and point made 0; the hex digits of a UUID seldom end like a number does.
_EXPONENT = b"0e000"
_LARGE_EXPONENT = re.compile(rb"0e000+(?:[\s,\]}]|$)")
# No whole number within the bits that are taken has more digits, with sign and point.
_LONGEST_NUMBER = 123
_LONG_NUMBER = b"0" * (_MOST_DIGITS // 2)
# Numbers that the parser itself may refuse; what stands for them is refused after it.
_BEYOND = re.compile(rb"-?\d(?:[\d.]{100,}(?:[eE][+-]?\d+)?|[\d.]{0,99}[eE][+-]?\d{3,})")
_STAND_IN = b"1e%d" % (_LARGEST_EXPONENT + 1)
ABSURD = "JSON: a number is too large, too small or too long to be a measurement"
_HOLDERS = ("Bundle", "Parameters")


def without_escapes(body: bytes) -> bytes:
    """The body with nothing escaped in its texts, at the same length: then every quote begins or ends a text."""
    return body.replace(b"\\\\", b"xx").replace(b'\\"', b"xx") if b"\\" in body else body


def tamed(body: bytes) -> bytes:
    """The body with a number that is surely absurd in place of those that the parser itself might refuse."""
    masked = without_escapes(body)
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


def absurd_numbers(value: object, below: str) -> list[dict[str, object]]:
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
                    raise BadRequest(ABSURD)
                holder[key] = None  # type: ignore[index]  # a list by number, an object by name
                inside.append(owner)
            elif isinstance(child, dict | list):
                rest.append((child, owner, is_excused or (holder is value and key == below)))
    if _is_absurd(value):
        raise BadRequest(ABSURD)
    return inside


def _is_resource(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str) and not _is_holder(value)


def _is_holder(value: dict[str, object]) -> bool:
    return value["resourceType"] in _HOLDERS


def _named_children(value: object) -> list[tuple[str | int, object]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def may_hold_absurd_number(body: bytes) -> bool:
    """Whether a body may hold such a number: seen without parsing, and seldom wrongly."""
    # What is in no number is dropped first: what is left may look like one, and a number surely does.
    likely = body.translate(_DIGITS, _NO_NUMBER)
    # From behind: then each step compares the beginning of what is sought, of which the end is nearly everywhere.
    if _LONG_NUMBER not in likely and likely.rfind(_EXPONENT) < 0:
        return False
    text = body.translate(_DIGITS)
    return _LONG_NUMBER in text or (_EXPONENT in text and _LARGE_EXPONENT.search(text) is not None)


def holds_absurd_number(value: object) -> bool:
    """Whether a parsed value holds one at any depth."""
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
