"""Numbers, limits and dates as a layout writes them; anything else is said not to be one."""

import re
from datetime import date
from decimal import Decimal

from service.subjects.conduction.reports.layouts import Layout

_MARK = re.compile(r"(?:\s*[*↑↓#!]|\s+[HL])+$")
_MARK_BEFORE = re.compile(r"^[*↑↓#!]+\s*")
_WHOLE = r"(?:0|[1-9]\d{0,5})"
_PLAIN = {".": re.compile(rf"{_WHOLE}(?:\.\d{{1,4}})?"), ",": re.compile(rf"{_WHOLE}(?:,\d{{1,4}})?")}
_LIMIT = re.compile(r"(<=|>=|<|>|≤|≥)\s*(.+)")
_RANGE = re.compile("(\\S+)\\s*(?:-|\N{EN DASH}|a|to)\\s*(\\S+)")
_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})")
_UNITS = re.compile(r"\s*(?:ms|mv|uv|µv|μv|mm|cm|m/s|mvms|mv\.ms)$", re.IGNORECASE)


class NotANumberError(ValueError):
    """The text is no number as the layout writes them; the message says in what way."""


def number(text: str, layout: Layout) -> Decimal:
    """A number in digits with the decimal sign of the layout; NotANumberError says what is wrong, not what it is."""
    bare = _UNITS.sub("", _MARK.sub("", _MARK_BEFORE.sub("", text.strip())))
    if _PLAIN[layout.decimal].fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    other = "." if layout.decimal == "," else ","
    if _PLAIN[other].fullmatch(bare):
        raise NotANumberError(f"a number with {other!r} where this layout writes {layout.decimal!r}: another language?")
    if _LIMIT.match(bare):
        raise NotANumberError("a bound, not a value")
    raise NotANumberError("no number")


def limits(text: str, layout: Layout) -> tuple[Decimal | None, Decimal | None]:
    """Lower and upper limit of a text such as "<4.2", ">6.0" or "3.5-4.2"; NotANumberError where it is none."""
    bare = text.strip()
    bounded = _LIMIT.fullmatch(bare)
    if bounded:
        value = number(bounded[2], layout)
        return (None, value) if bounded[1] in ("<", "<=", "≤") else (value, None)
    ranged = _RANGE.fullmatch(bare)
    if ranged:
        return number(ranged[1], layout), number(ranged[2], layout)
    raise NotANumberError("limits are written <, > or from-to")


def iso_date(text: str, layout: Layout) -> str:
    """The only date of a text by the layout's order of day and month, in ISO form; empty where there is none."""
    found = _DATE.findall(text)
    if len(found) != 1:
        return ""
    parts = [int(part) for part in found[0]]
    order = "ymd" if len(found[0][0]) == 4 else layout.dates  # noqa: PLR2004 - digits of a year
    named = dict(zip(order, parts, strict=True))
    if len(str(named["y"])) != 4:  # noqa: PLR2004 - two digits leave the century open
        return ""
    try:
        return date(named["y"], named["m"], named["d"]).isoformat()
    except ValueError:
        return ""
