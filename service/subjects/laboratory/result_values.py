"""What one result says: a number or a bound in the unit that is read, raised or not, a blood group; or why nothing."""

import re
from collections.abc import Mapping
from fractions import Fraction

from service.domain.facts import Range
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import Problem, codings_of, keys_of, plain, text_of, value_of
from service.fhir.values.judging import against_limits
from service.fhir.values.results import Measured, number_in, result_of
from service.fhir.values.units import exact

# The letters of a group, with or without the Rhesus factor: "a", "group AB", "o+", "b rh(d) pos".
_GROUP = re.compile(r"(?:blood )?(?:group |type )?(o|a|b|ab) ?(?:$|[+-]|\(|,|pos|neg|rh)")
# A range holds its ends: "<7" ends just below 7, nearer than any laboratory measures.
_JUST = Fraction(1, 10**9)
_WORDS = ("raised", "not_raised")
_RAISED = {
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
    """The number, or the numbers that a bound such as ``>90`` allows."""
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    quantity = value[1]
    if value[0] != "valueQuantity" or not isinstance(quantity, Mapping):
        return Problem("invalid", "the result must be a valueQuantity")
    bare = {key: content for key, content in quantity.items() if key != "comparator"}
    said = _spelled(bare, options)
    if said is None:
        read = number_in(bare, text_in(options, "unit"), synonyms)
        if isinstance(read, Problem):
            return read
        said = read
    return Problem("implausible", "a laboratory value below zero") if said < 0 else _bounded(said, quantity)


def _spelled(quantity: Mapping[str, object], options: Mapping[str, object]) -> Fraction | None:
    """The number where its unit is one of the listed spellings of a unit that UCUM reads otherwise."""
    spellings = options.get("spellings")
    is_listed = isinstance(spellings, list) and (quantity.get("code") or quantity.get("unit")) in spellings
    return exact(quantity.get("value")) if is_listed else None


def _bounded(said: Fraction, quantity: Mapping[str, object]) -> Range | Problem:
    sign = quantity.get("comparator")
    beside = {"<": -_JUST, ">": _JUST}.get(sign, 0) if isinstance(sign, str) else 0
    if sign in ("<", "<="):
        return Range(None, said + beside)
    if sign in (">", ">="):
        return Range(said + beside, None)
    return Range.exactly(said) if sign is None else Problem("comparator", "Quantity.comparator is not understood")


def raised(observation: Mapping[str, object], synonyms: Mapping[str, str]) -> str | Problem:
    """``present`` when the laboratory calls it high, by its interpretation or its own upper limit."""
    result = result_of(observation, {})
    if isinstance(result, Problem) and result.reason == "data-absent":
        return result
    measured = result if isinstance(result, Measured) else None
    judged, is_opposed = against_limits(observation, measured, _RAISED, _WORDS, synonyms)
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
