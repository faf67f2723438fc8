"""Results of the plainest shape, which most are: codes, and a number with its unit. FHIR's rules let all of them pass.

To tell them at sight takes a third of the time that it takes to find their shape.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

from service.fhir.intake.statuses import counting

QUANTITY = "valueQuantity"
# Of those that are looked at, the ones that a plain one may have, and those that it has.
_OF_ANY = frozenset(("code", "interpretation", "referenceRange", QUANTITY, "valueBoolean", "valueInteger"))
_ELEMENTS = {
    "Observation": _OF_ANY.union(("status", "bodySite", "valueDateTime", "valueCodeableConcept")),
    "ObservationComponent": _OF_ANY,
}
_NEEDED = {"Observation": frozenset(("status", "code")), "ObservationComponent": frozenset(("code",))}
_CONCEPTS = frozenset(("code", "bodySite", "valueCodeableConcept"))
_CLASSES = {"status": str, "valueDateTime": str, "valueBoolean": bool, "valueInteger": int}
_CONCEPT, _CODING = frozenset(("coding", "text")), frozenset(("system", "code", "display"))
_QUANTITY = frozenset(("value", "unit", "system", "code"))
_LIMITS = frozenset(("low", "high"))
_TEXT, _NUMBERS = {str}, (Decimal, int)
# Of a whole one. Nobody reads its category, nor when it was issued, while it has a date of its own.
_WHOLE = frozenset(
    ("resourceType", "id", "status", "category", "code", "subject", "effectiveDateTime", "issued", QUANTITY)
)
_COUNTING = counting("Observation")
# Far fewer than what an element may repeat (``intake.repeats``).
_MOST = 3
# To compare a part with more than these takes longer than to look at it.
_MOST_NOTED = 8
_NONE: list[object] = []


class PlainResults:
    """Tells the plain results of one request; their codes, categories and subjects come over and over."""

    def __init__(self, systems: AbstractSet[str]) -> None:
        """``systems``: those that are read under the very name."""
        self._systems = systems
        # Parts that were looked at and are plain. Each holds texts only, so that what equals it is plain too.
        self._codes: list[object] = []
        self._others: list[object] = []

    def has(self, resource: Mapping[str, object]) -> bool:
        """Whether a whole Observation counts by its status, has a code and a unit of these systems, and a date.

        Nothing else is in it that may change what it says or be read in another way; the date itself was not looked at.
        """
        return (
            _WHOLE.issuperset(resource)
            and resource.get("status") in _COUNTING
            and resource.get("effectiveDateTime").__class__ is str
            and resource.get("issued", "").__class__ is str
            and self._measures(resource.get(QUANTITY))
            and (resource.get("code") in self._codes or self._names_one(resource.get("code")))
            and (resource.get("subject") in self._others or self._is_named(resource.get("subject")))
            and (resource.get("category", _NONE) in self._others or self._is_sorted(resource.get("category", _NONE)))
        )

    def _measures(self, quantity: object) -> bool:
        return _is_quantity(quantity) and ("system" not in quantity or quantity["system"] in self._systems)  # type: ignore[operator,index]

    def _names_one(self, code: object) -> bool:
        if not _is_concept(code):
            return False
        (coding, *others) = code["coding"]  # type: ignore[index]
        is_plain_code = not others and coding.get("system") in self._systems and "code" in coding
        return is_plain_code and _noted(code, self._codes)

    def _is_named(self, subject: object) -> bool:
        is_text = isinstance(subject, dict) and set(map(type, subject.values())) == _TEXT
        return is_text and _noted(subject, self._others)

    def _is_sorted(self, categories: object) -> bool:
        are_few = (
            isinstance(categories, list)
            and len(categories) <= _MOST
            and all(_is_concept(each) and len(each["coding"]) <= _MOST for each in categories)
        )
        return are_few and _noted(categories, self._others)


def _noted(part: object, known: list[object]) -> bool:
    if len(known) < _MOST_NOTED:
        known.append(part)
    return True


def plain_quantities(made: object, model: str) -> list[dict[str, Any]] | None:
    """The Quantities in an element of this model of FHIR's, where all that it has is plain; None for any other."""
    if not (isinstance(made, dict) and model in _ELEMENTS and _NEEDED[model].issubset(made)):
        return None
    if not _ELEMENTS[model].issuperset(made) or sum(name.startswith("value") for name in made) > 1:
        return None
    quantities: list[dict[str, Any]] = []
    is_plain = all(_is_plain_part(name, content, quantities) for name, content in made.items())
    return quantities if is_plain else None


def _is_plain_part(name: str, content: Any, quantities: list[dict[str, Any]]) -> bool:
    if name in _CONCEPTS:
        return _is_concept(content)
    if name in _CLASSES:
        return content.__class__ is _CLASSES[name]
    if name == QUANTITY:
        quantities.append(content)
        return _is_quantity(content)
    if not isinstance(content, list) or not 0 < len(content) <= _MOST:
        return False
    return all(map(_is_concept, content)) if name == "interpretation" else _are_limits(content, quantities)


def _are_limits(ranges: list[Any], quantities: list[dict[str, Any]]) -> bool:
    if not all(isinstance(each, dict) and each and _LIMITS.issuperset(each) for each in ranges):
        return False
    ends = [end for each in ranges for end in each.values()]
    quantities += ends
    return all(map(_is_quantity, ends))


def _is_concept(value: object) -> bool:
    if not isinstance(value, dict) or not _CONCEPT.issuperset(value):
        return False
    codings = value.get("coding")
    is_worded = value.get("text", "").__class__ is str
    return is_worded and isinstance(codings, list) and bool(codings) and all(map(_is_coding, codings))


def _is_coding(value: object) -> bool:
    return isinstance(value, dict) and _CODING.issuperset(value) and set(map(type, value.values())) == _TEXT


def _is_quantity(value: object) -> bool:
    if not isinstance(value, dict) or not _QUANTITY.issuperset(value):
        return False
    is_number = value.get("value").__class__ in _NUMBERS
    return is_number and list(map(type, value.values())).count(str) == len(value) - 1
