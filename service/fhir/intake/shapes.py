"""The shape of a JSON value: which elements it has and of what JSON type, and nothing that anybody wrote.

Texts and numbers become placeholders, so a shape holds no patient data and may be kept. The items of a list
that have the same shape count once.
"""

from decimal import Decimal

from service.fhir.models import model_of

Shape = str | int | bool | Decimal | None | tuple["Shape", ...]

COMPARATORS = ("<", "<=", ">=", ">")
_TEXT, _INTEGER, _DECIMAL, _LIST = "text", 7, Decimal("1.5"), "["
_MOST_VARIANTS, _DEEPEST = 64, 16
_IGNORED = frozenset(("id", "extension"))
_DATES, _TIMES = ("DateTime", "start", "end", "event"), ("valueTime", "timeOfDay")
_BOOLEANS = frozenset(("valueBoolean", "userSelected", "doNotPerform", "asNeededBoolean", "allowedBoolean"))
_DATA_TYPES = (
    "CodeableConcept Coding Quantity Age Duration Range Ratio Period Reference Identifier SampledData Timing "
    "TimingRepeat ObservationComponent ObservationReferenceRange"
).split()
_ONSET_TYPES = ("DateTime", "Age", "Period", "Range", "String")
_RESOURCE_ELEMENTS = frozenset(
    "status bodySite method hasMember derivedFrom performer clinicalStatus verificationStatus doNotPerform "
    "medicationCodeableConcept vaccineCode codeCodeableConcept".split()
)


def _element_names() -> frozenset[str]:
    names = {name for kind in _DATA_TYPES for name in model_of(kind).elements_sequence()}
    onsets = {f"{word}{kind}" for word in ("onset", "abatement") for kind in _ONSET_TYPES}
    return frozenset((names | onsets | _RESOURCE_ELEMENTS) - _IGNORED - {"modifierExtension"})


_ELEMENTS = _element_names()


class Unusable(Exception):
    """What makes a resource unusable before FHIR's own rules are asked; ``reason`` as in ``Excluded``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def shape_of(value: object, units: set[object], depth: int = 0) -> Shape:
    """The shape of a JSON value; unit codes met on the way are added to ``units``. Raises Unusable."""
    kind = value.__class__
    if kind is str:
        return _TEXT
    if kind is dict:
        return _object_shape(value, units, depth)  # type: ignore[arg-type]
    if kind is list:
        return _list_shape(value, units, depth)  # type: ignore[arg-type]
    if kind is int:
        return _INTEGER
    return _DECIMAL if kind is Decimal else value  # type: ignore[return-value]  # True, False or None


def _object_shape(value: dict[str, object], units: set[object], depth: int) -> Shape:
    if not _ELEMENTS.issuperset(value):
        value = _without_ignored(value)
    if "value" in value:
        check_quantity(value, units)
    if depth > _DEEPEST:
        raise Unusable("invalid", "nested deeper than any element of FHIR R4")
    deeper = depth + 1
    # The names stand first, as a tuple of their own: that tells an object from a list.
    return (
        tuple(value),
        *[_TEXT if content.__class__ is str else shape_of(content, units, deeper) for content in value.values()],
    )


def _without_ignored(value: dict[str, object]) -> dict[str, object]:
    unknown = [name for name in value if name not in _ELEMENTS and name not in _IGNORED and not name.startswith("_")]
    if "modifierExtension" in unknown:
        raise Unusable("modifier-extension", "a modifierExtension inside the resource is not understood")
    if unknown:
        # The name itself is the sender's text: it is not repeated.
        raise Unusable("invalid", "an element that FHIR R4 does not have there")
    return {name: content for name, content in value.items() if name in _ELEMENTS}


def check_quantity(value: dict[str, object], units: set[object]) -> None:
    """Add the unit of a quantity to ``units``. Raises Unusable for a comparator that FHIR R4 does not have."""
    comparator = value.get("comparator")
    if comparator is not None and comparator not in COMPARATORS:
        raise Unusable("invalid", "comparator is none of <, <=, >=, >")
    unit = value.get("code", value.get("unit"))
    if isinstance(unit, str):
        units.add(unit)


def _list_shape(items: list[object], units: set[object], depth: int) -> Shape:
    if depth > _DEEPEST:
        raise Unusable("invalid", "nested deeper than any element of FHIR R4")
    if len(items) == 1:
        return (_LIST, shape_of(items[0], units, depth + 1))
    variants = dict.fromkeys([shape_of(item, units, depth + 1) for item in items])
    if len(variants) > _MOST_VARIANTS:
        raise Unusable("invalid", "a list with too many differently built items")
    return (_LIST, *variants)


def example_of(shape: Shape, name: str = "") -> object:
    """A JSON value of this shape for FHIR's own rules, with stand-ins for what they would wrongly let pass."""
    if isinstance(shape, tuple):
        if shape[0] == _LIST:
            return [example_of(item, name) for item in shape[1:]]
        names = shape[0] if isinstance(shape[0], tuple) else ()
        return {str(name): example_of(content, str(name)) for name, content in zip(names, shape[1:], strict=True)}
    if shape is None:
        return None
    if isinstance(shape, bool):
        return shape if name in _BOOLEANS else []
    text = "2000-01-01T00:00:00Z" if name.endswith(_DATES) else "00:00:00" if name in _TIMES else _TEXT
    if shape == _TEXT:
        return text
    return shape if text == _TEXT else []


def size_of(shape: Shape) -> int:
    """How many values a shape holds."""
    return sum(map(size_of, shape)) if isinstance(shape, tuple) else 1
