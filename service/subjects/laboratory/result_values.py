"""What one result says: a number or a bound in the unit that is read, raised or not, a blood group; or why nothing."""

import re
from collections.abc import Mapping
from fractions import Fraction

from service.domain.facts import Range
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.values.answers import Problem, codings_of, keys_of, plain, text_of, value_of
from service.fhir.values.judging import against_limits
from service.fhir.values.results import Measured, bounded, quantity_in, range_in, range_without_unit, result_of
from service.fhir.values.units import exact

# The letters of a group, with or without the Rhesus factor: "a", "group AB", "o+", "b rh(d) pos", "0 rh pos".
_GROUP = re.compile(r"(?:blood )?(?:group |type )?(o|0|a|b|ab) ?(?:$|[+-]|\(|,|/|pos|neg|rh|d pos|d neg)")
_WORDS = ("raised", "not_raised")
RAISED = {
    "H": "raised",
    "HH": "raised",
    "high": "raised",
    "N": "not_raised",
    "L": "not_raised",
    "normal": "not_raised",
}


def number(
    observation: Mapping[str, object], options: Mapping[str, object], synonyms: Mapping[str, str]
) -> Range | Problem:
    """The number, or the numbers that a bound such as ``>90``, or a result without a unit, allows."""
    quantity = quantity_in(observation, "the result")
    if isinstance(quantity, Problem):
        return quantity
    if (span := _without_unit(quantity, options)) is not None:
        return span
    said = _spelled(quantity, options)
    if said is not None:
        return Problem("implausible", "a laboratory value below zero") if said < 0 else bounded(said, quantity)
    return range_in(quantity, text_in(options, "unit"), synonyms)


def _without_unit(quantity: Mapping[str, object], options: Mapping[str, object]) -> Range | None:
    most = text_in(options, "most_without_unit")
    units = texts_in(options, "without_unit")
    return range_without_unit(quantity, units, text_in(options, "unit"), Fraction(most) if most else None)


def _spelled(quantity: Mapping[str, object], options: Mapping[str, object]) -> Fraction | None:
    """The number where its unit is one of the listed spellings of a unit that UCUM reads otherwise."""
    spellings = options.get("spellings")
    unit = quantity.get("code") or quantity.get("unit")
    if spellings is None or not isinstance(unit, str):
        return None
    listed = map(_squeezed, texts_in(options, "spellings"))
    return exact(quantity.get("value")) if _squeezed(unit) in listed else None


def _squeezed(unit: str) -> str:
    """A unit without what differs between spellings of one: case, spaces, the sign of a power, braces, a comma."""
    return re.sub(r"[\s{}()^*_]", "", unit.casefold()).replace("²", "2").replace(",", ".")


def raised(
    observation: Mapping[str, object], synonyms: Mapping[str, str], interpretations: Mapping[str, str]
) -> str | Problem:
    """``present`` when the laboratory calls it high, by its interpretation or its own upper limit."""
    result = result_of(observation, {}, synonyms)
    if isinstance(result, Problem) and result.reason == "data-absent":
        return result
    measured = result if isinstance(result, Measured) else None
    judged, is_opposed = against_limits(observation, measured, interpretations, _WORDS, synonyms)
    if is_opposed:
        return Problem("invalid", "the interpretation and the reference range contradict each other")
    if judged is None or judged.word is None:
        return Problem("invalid", "the laboratory does not say whether it is high")
    return "present" if judged.word == "raised" else "absent"


def blood_group(observation: Mapping[str, object], groups: Mapping[str, str]) -> str | Problem:
    """``o`` or ``not_o``."""
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    texts = [plain(value[1])] if value[0] == "valueString" else [text_of(value[1])]
    texts += [plain(coding.get("display")) for coding in codings_of(value[1])]
    letters = [match[1] for match in map(_GROUP.match, texts) if match]
    found = {groups[key] for key in (*keys_of(value[1]), *letters) if key in groups}
    return found.pop() if len(found) == 1 else Problem("invalid", "no ABO group that is known")
