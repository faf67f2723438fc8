"""Results of the plainest shape, which most are: codes, and a number with its unit. FHIR's rules let all of them pass.

To tell them at sight takes a third of the time that it takes to find their shape.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

from service.fhir.intake.statuses import counting

QUANTITY, _WORDS, _PARTS = "valueQuantity", "interpretation", "component"
# Of those that are looked at, the ones that a plain one may have, and those that it has.
_OF_ANY = frozenset(("code", _WORDS, "referenceRange", QUANTITY, "valueBoolean", "valueInteger"))
_ELEMENTS = {
    "Observation": _OF_ANY.union(("status", "bodySite", "valueDateTime", "valueCodeableConcept")),
    "ObservationComponent": _OF_ANY,
}
_VALUES = frozenset((QUANTITY, "valueBoolean", "valueInteger", "valueDateTime", "valueCodeableConcept"))
_NEEDED = {"Observation": frozenset(("status", "code")), "ObservationComponent": frozenset(("code",))}
_CONCEPTS = frozenset(("code", "bodySite", "valueCodeableConcept"))
_CLASSES = {"status": str, "valueDateTime": str, "valueBoolean": bool, "valueInteger": int}
_CONCEPT, _CODING = frozenset(("coding", "text")), frozenset(("system", "code", "display"))
_QUANTITY = frozenset(("value", "unit", "system", "code"))
Quantities = list[dict[str, Any]]
_LIMITS = frozenset(("low", "high"))
_TEXT, _NUMBERS = {str}, (Decimal, int)
# Of a whole one, those that are looked at by themselves. Nobody reads its category, nor when it was issued, while it
# has a date of its own.
_OWN = frozenset(("resourceType", "id", "status", "category", "code", "subject", "effectiveDateTime", "issued"))
_WHOLE = _OWN.union(_ELEMENTS["Observation"], ("component",))
_COUNTING = counting("Observation")
# Far fewer than what an element may repeat (``intake.repeats``).
_MOST, _MOST_COMPONENTS = 3, 100
# To compare a part with more than these takes longer than to look at it.
_MOST_NOTED, _MOST_CODES = 8, 256
_NONE: list[object] = []


class PlainResults:
    """Tells the plain results of one request; their codes, categories and subjects come over and over."""

    def __init__(self, systems: AbstractSet[str]) -> None:
        """``systems``: those that are read under the very name."""
        self._systems = systems
        # Parts that were looked at and are plain. Each holds texts only, so that what equals it is plain too.
        self._codes: dict[str, object] = {}
        self._subjects: list[object] = []
        self._categories: list[object] = []
        self._concepts: list[object] = []

    def quantities_in(self, resource: Mapping[str, Any]) -> Quantities | None:
        """The Quantities of a whole Observation where all that it has is plain; None for any other.

        It counts by its status, its codes and units are of these systems, it has a date, which was not looked at, and a
        value or components, and nothing is in it that may change what it says or be read in another way.
        """
        is_plain = (
            _WHOLE.issuperset(resource)
            and resource.get("status") in _COUNTING
            and resource.get("effectiveDateTime").__class__ is str
            and resource.get("issued", "").__class__ is str
            and self._names_one(resource.get("code"))
            and self._is_named(resource.get("subject"))
            and self._is_sorted(resource.get("category", _NONE))
        )
        return self._in_further(resource) if is_plain else None

    def _in_further(self, resource: Mapping[str, Any]) -> Quantities | None:
        quantities: Quantities = []
        values = 0
        for name, content in resource.items():
            if name in _OWN:
                continue
            if not (self._is_held(content, quantities) if name == _PARTS else self._is_part(name, content, quantities)):
                return None
            values += name in _VALUES
        is_told = values == 1 or (not values and _PARTS in resource)
        return quantities if is_told and all(map(self._is_own, quantities)) else None

    def _is_part(self, name: str, content: Any, quantities: Quantities) -> bool:
        if not _is_plain_part(name, content, quantities):
            return False
        if name in _CONCEPTS:
            return self._is_known(content)
        return name != _WORDS or all(map(self._is_known, content))

    def _is_held(self, components: object, quantities: Quantities) -> bool:
        """Whether each component is plain and has one code."""
        if not isinstance(components, list) or not 0 < len(components) <= _MOST_COMPONENTS:
            return False
        return all(self._is_component(each, quantities) for each in components)

    def _is_component(self, component: Any, quantities: Quantities) -> bool:
        if not isinstance(component, dict) or not _OF_ANY.issuperset(component):
            return False
        if len(_VALUES.intersection(component)) > 1 or not self._names_one(component.get("code")):
            return False
        return all(self._is_part(name, content, quantities) for name, content in component.items() if name != "code")

    def _is_own(self, quantity: Mapping[str, object]) -> bool:
        return "system" not in quantity or quantity["system"] in self._systems

    def _names_one(self, code: Any) -> bool:
        try:
            (coding,) = code["coding"]
            word = coding["code"]
        except (KeyError, TypeError, ValueError):
            return False
        if not isinstance(word, str):
            return False
        if self._codes.get(word) == code:
            return True
        is_plain = _is_concept(code) and coding.get("system") in self._systems
        if is_plain and len(self._codes) < _MOST_CODES:
            self._codes[word] = code
        return is_plain

    def _is_known(self, concept: Any) -> bool:
        """Whether the systems of a plain concept are known."""
        if concept in self._concepts:
            return True
        codings = concept["coding"]
        are_known = len(codings) <= _MOST and all(each.get("system") in self._systems for each in codings)
        return are_known and _noted(concept, self._concepts)

    def _is_named(self, subject: object) -> bool:
        if subject in self._subjects:
            return True
        is_text = isinstance(subject, dict) and set(map(type, subject.values())) == _TEXT
        return is_text and _noted(subject, self._subjects)

    def _is_sorted(self, categories: object) -> bool:
        if categories in self._categories:
            return True
        are_few = (
            isinstance(categories, list)
            and len(categories) <= _MOST
            and all(_is_concept(each) and len(each["coding"]) <= _MOST for each in categories)
        )
        return are_few and _noted(categories, self._categories)


def _noted(part: object, known: list[object]) -> bool:
    if len(known) < _MOST_NOTED:
        known.append(part)
    return True


def plain_quantities(made: object, model: str) -> Quantities | None:
    """The Quantities in an element of this model of FHIR's, where all that it has is plain; None for any other."""
    if not (isinstance(made, dict) and model in _ELEMENTS and _NEEDED[model].issubset(made)):
        return None
    if not _ELEMENTS[model].issuperset(made) or len(_VALUES.intersection(made)) > 1:
        return None
    quantities: Quantities = []
    for name, content in made.items():
        if not _is_plain_part(name, content, quantities):
            return None
    return quantities


def _is_plain_part(name: str, content: Any, quantities: Quantities) -> bool:
    if name in _CONCEPTS:
        return _is_concept(content)
    if name in _CLASSES:
        return content.__class__ is _CLASSES[name]
    if name == QUANTITY:
        quantities.append(content)
        return _is_quantity(content)
    if not isinstance(content, list) or not 0 < len(content) <= _MOST:
        return False
    return all(map(_is_concept, content)) if name == _WORDS else _are_limits(content, quantities)


def _are_limits(ranges: list[Any], quantities: Quantities) -> bool:
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
