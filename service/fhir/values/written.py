"""Numbers that stand in a text: "> 60 mL/min", "<30", "1,5 g/l" where the language of the resource is stated."""

import re
from collections.abc import Mapping
from decimal import Decimal

_SIGN = r"(<=|>=|<|>|≤|≥|less than|more than|greater than)?"
NUMBER = r"(\d{1,15}(?:[.,]\d{1,10})*)"
# Begins with a letter or a sign of units, and holds no second number: "30 to 40" has no unit.
UNIT = r"((?!.*\s\d)(?:[^\W\d_]|[%\[{(/])[^\n]{0,39})"
_QUANTITY = re.compile(rf"{_SIGN}\s*{NUMBER}\s*{UNIT}?", re.IGNORECASE)
SIGNS = {"≤": "<=", "≥": ">=", "less than": "<", "more than": ">", "greater than": ">"}
# Languages that write a comma where English has a point.
_COMMA = frozenset("cs da de es fi fr hu it nb nl nn no pl pt ro ru sk sl sv tr uk".split())
_POINTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def written_quantity(text: object, language: object) -> Mapping[str, object] | None:
    """A text as a Quantity: ``value``, ``comparator`` and ``unit`` where they are stated; ``None`` when it is none."""
    match = _QUANTITY.fullmatch(text.strip()) if isinstance(text, str) else None
    value = written_number(match[2], language) if match else None
    if match is None or value is None:
        return None
    sign = (match[1] or "").casefold()
    stated = {"comparator": SIGNS.get(sign, sign), "unit": (match[3] or "").strip()}
    return {"value": value, **{key: word for key, word in stated.items() if word}}


def written_number(text: str, language: object) -> Decimal | None:
    """A number in digits; a comma, and a point before three digits, are read by the language and by nothing else."""
    spoken = language.casefold()[:2] if isinstance(language, str) else ""
    if _POINTS.fullmatch(text) and spoken != "en":
        # 3.200 is three thousand and two hundred to many laboratories.
        return Decimal(text.replace(".", "")) if spoken in _COMMA else None
    if "," in text:
        if spoken in _COMMA and text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        elif spoken == "en" and _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        else:
            return None
    return Decimal(text) if text.count(".") <= 1 else None
