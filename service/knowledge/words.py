"""Facts, values and tests in words, for reasons, lists and reports."""

from collections.abc import Collection
from datetime import date
from fractions import Fraction

from service.domain.facts import Range, Value
from service.knowledge.terms import FactDefinition, Test, Threshold

_PHRASES = {"at_least": "at least", "more_than": "more than", "at_most": "at most", "less_than": "less than"}
_UNIT_WORDS = {
    "1": "",
    "d": " days",
    "mo": " months",
    "a": " years",
    "h": " hours",
    "wk": " weeks",
    "g/wk": " g a week",
}
# A calendar day is a number as well: its ordinal, shown as ISO 8601.
DATE = "date"


def spaced(name: str) -> str:
    """A name from the YAML as words: ``slowly_progressive`` is "slowly progressive"."""
    return name.replace("_", " ")


_MOST_DIGITS = 6


def telling(value: Fraction, limits: Collection[Fraction], digits: int = 2) -> str:
    """A number with as many more digits as it takes not to look like a limit, or like nothing, that it is not."""
    for more in range(digits, _MOST_DIGITS + 1):
        text = number(value, more)
        if all(value == limit or text != number(limit, more) for limit in (*limits, Fraction(0))):
            return text
    return number(value, digits)


def number(value: Fraction, digits: int = 2) -> str:
    """A number for a reader, rounded half away from zero, without trailing zeros."""
    # In whole numbers: arithmetic of Fractions is slow.
    numerator, denominator = value.as_integer_ratio()
    if denominator == 1:
        return str(numerator)
    scale = 10**digits
    magnitude = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    text = f"{magnitude // scale}.{magnitude % scale:0{digits}d}".rstrip("0").rstrip(".")
    return f"-{text}" if numerator < 0 and text != "0" else text


def amount(value: Fraction, unit: str | None, limits: Collection[Fraction] | None = None) -> str:
    """A number with its unit: "1 g/L", "2", "3 months", "1 month", "2026-03-18"; told from ``limits``, if any."""
    if unit == DATE:
        return date.fromordinal(int(value)).isoformat()
    digits = 1 if unit in ("mo", "a", "%") else 2
    shown = number(value, digits) if limits is None else telling(value, limits, digits)
    words = shown + _UNIT_WORDS.get(unit or "1", f" {unit}")
    return words.removesuffix("s") if unit in _UNIT_WORDS and value == 1 else words


def wanted(test: Test, definition: FactDefinition) -> str:
    """What a test asks for: "present", "not rapid", "at least 2"."""
    if isinstance(test.operand, Threshold):
        return f"{_PHRASES[test.operator]} {amount(test.operand.value, test.operand.unit)}"
    if test.operator == "is":
        return spaced(test.operand)
    others = [spaced(word) for word in definition.words if word != test.operand]
    return others[0] if len(others) == 1 else f"not {spaced(test.operand)}"


def valued(value: Value | None, definition: FactDefinition, limits: Collection[Fraction] | None = None) -> str:
    """A fact's value: "present", "8 mV", "1 to 3", "at least 2", "unknown"."""
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return definition.reads_as.get(value) or spaced(value)
    return _range(value, definition.unit, limits)


def _range(value: Range, unit: str | None, limits: Collection[Fraction] | None) -> str:
    if value.low is not None and (value.low is value.high or value.low == value.high):
        return amount(value.low, unit, limits)
    if value.low is None:
        return f"at most {amount(value.high, unit, limits)}" if value.high is not None else "unknown"
    if value.high is None:
        return f"at least {amount(value.low, unit, limits)}" if value.low else "unknown"
    if amount(value.low, unit, limits) == amount(value.high, unit, limits):
        return f"about {amount(value.high, unit, limits)}"
    return f"{amount(value.low, unit, limits).split()[0]} to {amount(value.high, unit, limits)}"
