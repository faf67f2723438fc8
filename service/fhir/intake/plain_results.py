"""Results of the plainest shape, which most are: a code and a number with its unit. FHIR's rules let all of them pass.

To tell them at sight takes a third of the time that it takes to find their shape.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal

from service.fhir.intake.statuses import counting

# Of those that are looked at, the ones that a plain one has.
QUANTITY = "valueQuantity"
_ELEMENTS = {"Observation": {"status", "code", QUANTITY}, "ObservationComponent": {"code", QUANTITY}}
_CONCEPT, _CODING = frozenset(("coding", "text")), frozenset(("system", "code", "display"))
_QUANTITY = frozenset(("value", "unit", "system", "code"))
_TEXT, _NUMBERS = {str}, (Decimal, int)
# Of a whole one. Nobody reads its category, nor when it was issued, while it has a date of its own.
_WHOLE = frozenset(
    ("resourceType", "id", "status", "category", "code", "subject", "effectiveDateTime", "issued", QUANTITY)
)
_COUNTING = counting("Observation")
# Far fewer than what an element may repeat (``intake.repeats``).
_MOST = 3


def is_plain_result(resource: Mapping[str, object], systems: AbstractSet[str]) -> bool:
    """Whether a whole Observation counts by its status, and has a code and a unit of these systems, and a date.

    Nothing else is in it that may change what it says or be read in another way; the date itself was not looked at.
    """
    return (
        _WHOLE.issuperset(resource)
        and resource.get("status") in _COUNTING
        and resource.get("effectiveDateTime").__class__ is str
        and resource.get("issued", "").__class__ is str
        and _is_of(resource.get(QUANTITY), systems)
        and _names_one(resource.get("code"), systems)
        and _are_texts(resource.get("subject"))
        and _are_few(resource.get("category", _NONE))
    )


_NONE: list[object] = []


def _is_of(quantity: object, systems: AbstractSet[str]) -> bool:
    return _is_quantity(quantity) and ("system" not in quantity or quantity["system"] in systems)  # type: ignore[operator,index]


def _names_one(code: object, systems: AbstractSet[str]) -> bool:
    if not _is_concept(code):
        return False
    (coding, *others) = code["coding"]  # type: ignore[index]
    return not others and coding.get("system") in systems and "code" in coding


def _are_texts(subject: object) -> bool:
    return isinstance(subject, dict) and set(map(type, subject.values())) == _TEXT


def _are_few(concepts: object) -> bool:
    return (
        isinstance(concepts, list)
        and len(concepts) <= _MOST
        and all(_is_concept(each) and len(each["coding"]) <= _MOST for each in concepts)
    )


def is_plain(made: object, model: str) -> bool:
    """Whether an element of this model of FHIR's has a code and a number with its unit, each plain, and no more."""
    return (
        isinstance(made, dict)
        and made.keys() == _ELEMENTS.get(model)
        and made.get("status", "").__class__ is str
        and _is_concept(made["code"])
        and _is_quantity(made[QUANTITY])
    )


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
