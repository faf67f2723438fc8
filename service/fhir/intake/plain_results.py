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
