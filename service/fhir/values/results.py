"""Laboratory values as reported: a number, a bound, a titre in any of its spellings, or a word."""

import re
from collections.abc import Mapping
from fractions import Fraction

from service.domain.immutable import immutable
from service.fhir.values.answers import Problem, printable, shown, value_of
from service.fhir.values.units import UCUM, UnitProblem, convert, exact
from service.fhir.values.yes_no import yes_or_no

# Such as ">1:51200", "1 : 800" or "<= 1:1,000".
_TITRE = re.compile(r"(<=|>=|<|>|≤|≥)?\s*1\s*:\s*([0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,12})")
_SIGNS = {"≤": "<=", "≥": ">="}
TITRE = "{titer}"
_WORDED = ("valueBoolean", "valueString", "valueCodeableConcept", "valueCoding")


@immutable
class Measured:
    """A result: exactly ``number``, or a bound when ``sign`` is one of ``<``, ``<=``, ``>``, ``>=``.

    ``unit`` is the code, or the text where no code was sent; ``{titer}`` for every spelling of a titre.
    """

    number: Fraction
    unit: str
    sign: str = ""

    def is_above(self, limit: Fraction) -> bool | None:
        """Whether the result surely lies above the limit, surely does not, or ``None``: cannot be said."""
        if self.sign in (">", ">="):
            return True if self.number > limit or (self.sign == ">" and self.number == limit) else None
        if self.sign in ("<", "<="):
            return False if self.number <= limit else None
        return self.number > limit

    def is_below(self, limit: Fraction) -> bool | None:
        """Whether the result surely lies below the limit, surely does not, or ``None``: cannot be said."""
        opposite = Measured(-self.number, self.unit, self.sign.translate(str.maketrans("<>", "><")))
        return opposite.is_above(-limit)

    def __str__(self) -> str:
        if self.unit == TITRE:
            return f"{self.sign}1:{shown(self.number)}"
        return f"{self.sign}{shown(self.number)} {printable(self.unit)}".strip()


def result_of(observation: Mapping[str, object], words: Mapping[str, str]) -> Measured | str | Problem:
    """The result as a number or bound, as a word of the table ``words``, or why neither can be had."""
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    element, content = value
    if element == "valueQuantity":
        return quantity_of(content)
    if element == "valueRatio":
        return _titre_of_ratio(content)
    titre = _titre_of_text(content) if element == "valueString" else None
    if titre is not None:
        return titre
    if element not in _WORDED:
        return Problem("invalid", f"{printable(element)} is no laboratory result that is read here")
    word = yes_or_no(element, content, words)
    return word or Problem("invalid", f"{printable(element)} is neither a titre nor a known word")


def quantity_of(quantity: object) -> Measured | Problem:
    """A Quantity in its own unit, bounds kept."""
    if not isinstance(quantity, Mapping):
        return Problem("invalid", "not a Quantity")
    number, sign = exact(quantity.get("value")), quantity.get("comparator", "")
    if number is None or sign not in ("", "<", "<=", ">", ">="):
        return Problem("invalid", "Quantity.value is no number, or its comparator is unknown")
    if number < 0:
        return Problem("implausible", "a laboratory value below zero")
    return Measured(number, _unit_of(quantity), str(sign))


def number_in(quantity: object, unit: str, synonyms: Mapping[str, str]) -> Fraction | Problem:
    """The value of a Quantity in a UCUM unit, exactly, or why it has none."""
    try:
        return convert(quantity, unit, synonyms)
    except UnitProblem as problem:
        return Problem(problem.reason, problem.detail)


def in_unit_of(measured: Measured, quantity: object, synonyms: Mapping[str, str]) -> Fraction | None:
    """A limit in the unit of the result; ``None`` when the two cannot be compared."""
    limit = quantity_of(quantity)
    if isinstance(limit, Problem) or limit.sign:
        return None
    if limit.unit == measured.unit and limit.unit:
        return limit.number
    # Ranges of titres are commonly sent as a bare number.
    if measured.unit == TITRE:
        return limit.number if limit.unit in ("", "1") else None
    if not measured.unit or not limit.unit:
        return None
    number = number_in(quantity, synonyms.get(measured.unit, measured.unit), synonyms)
    return None if isinstance(number, Problem) else number


def _unit_of(quantity: Mapping[str, object]) -> str:
    unit, system = quantity.get("code") or quantity.get("unit"), quantity.get("system", UCUM)
    if not isinstance(unit, str) or unit.strip("{}").casefold() in ("titer", "titre"):
        return TITRE if isinstance(unit, str) else ""
    # A code of another system equals itself only.
    return unit if system == UCUM else f"{system}|{unit}"


def _titre_of_ratio(ratio: object) -> Measured | Problem:
    unreadable = Problem("invalid", "valueRatio is no titre such as 1:800")
    if not isinstance(ratio, Mapping):
        return unreadable
    numerator, denominator = quantity_of(ratio.get("numerator")), quantity_of(ratio.get("denominator"))
    if isinstance(numerator, Problem) or isinstance(denominator, Problem):
        return unreadable
    has_unit = any(part.unit not in ("", "1", TITRE) for part in (numerator, denominator))
    if has_unit or numerator.sign or not numerator.number or not denominator.number:
        return unreadable
    return Measured(denominator.number / numerator.number, TITRE, denominator.sign)


def _titre_of_text(text: object) -> Measured | None:
    match = _TITRE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        return None
    sign = match[1] or ""
    return Measured(Fraction(match[2].replace(",", "")), TITRE, _SIGNS.get(sign, sign))


def count_in(quantity: object, synonyms: Mapping[str, str]) -> Fraction | Problem:
    """A Quantity of dimension one, such as a count or a score (``1``, ``{score}``, no unit at all), as a number."""
    if isinstance(quantity, dict) and not quantity.keys() & {"unit", "code", "system"}:
        quantity = quantity | {"system": UCUM, "code": "1"}
    if isinstance(quantity, dict) and quantity.get("system") == UCUM and _is_annotation(quantity.get("code")):
        quantity = quantity | {"code": "1"}
    return number_in(quantity, "1", synonyms)


def _is_annotation(code: object) -> bool:
    # UCUM: braces hold a remark, so a code of nothing else is the unit one.
    return isinstance(code, str) and code.startswith("{") and code.find("}") == len(code) - 1
