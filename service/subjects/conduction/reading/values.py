"""Value, limits and interpretation of one element: a component, or an Observation of a single number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from service.domain.facts import Excluded
from service.fhir.values.answers import codings_of, keys_of, objects_in, text_of
from service.fhir.values.limits import limits_of
from service.fhir.values.results import Measured
from service.fhir.values.units import UnitProblem, convert
from service.subjects.conduction.reading.tables import BOOLEAN, Measurement, NerveTables

# Of these the limit of normal decides, and of an area what is lost at least; of others the number itself is needed.
_MAY_BE_A_BOUND = ("cv", "onset-latency", "f-wave-min-latency", "snap-amplitude", "cmap-area-neg")
_SIGNS = ("<", "<=", ">", ">=")
_INTERPRETATION_SYSTEMS = ("ObservationInterpretation", "0078")


@dataclass(frozen=True, slots=True)
class ElementReader:
    """Reads elements of one resource; what cannot be read is noted in ``excluded`` and read as ``None``.

    ``synonyms``: unit text -> UCUM code.
    """

    reference: str
    synonyms: Mapping[str, str]
    excluded: list[Excluded] = field(default_factory=list)

    def refuse(self, reason: str, detail: str, *, is_response: bool = False) -> None:
        """Note a part of the resource that is not used; the detail repeats no value and no free text.

        ``is_response``: it may be the response of a muscle at a site, in which a block would show.
        """
        self.excluded.append(Excluded(self.reference, reason, detail, relevant=is_response))

    def value(
        self, element: Mapping[str, object], sent: Sequence[str], measurement: Measurement, label: str
    ) -> Fraction | bool | None:
        """The value in the measurement's unit; ``sent``: the names of the values that the element carries."""
        if len(sent) > 1 or element.get("dataAbsentReason") is not None:
            self.refuse("invalid", f"{label}: more than one value, or a value beside dataAbsentReason")
            return None
        wanted = "valueBoolean" if measurement.unit == BOOLEAN else "valueQuantity"
        value = element.get(wanted)
        if isinstance(value, bool) and measurement.unit == BOOLEAN:
            return value
        if value is None or measurement.unit == BOOLEAN:
            self.refuse("invalid", f"{label}: the value must be a {wanted}")
            return None
        return self._number(value, measurement, label)

    def bound(self, element: Mapping[str, object], sent: Sequence[str], measurement: Measurement) -> Measured | None:
        """What is stated as a bound, in the measurement's unit, where that may suffice: ``_MAY_BE_A_BOUND``."""
        quantity = element.get("valueQuantity")
        is_alone = len(sent) == 1 and element.get("dataAbsentReason") is None
        if measurement.name not in _MAY_BE_A_BOUND or not is_alone or not isinstance(quantity, Mapping):
            return None
        sign = quantity.get("comparator")
        if not isinstance(sign, str) or sign not in _SIGNS:
            return None
        try:
            number = convert({**quantity, "comparator": None}, measurement.unit, self.synonyms)
        except UnitProblem:
            return None
        return Measured(number, measurement.unit, sign) if number >= 0 else None

    def limits(
        self, ranges: object, value: object, measurement: Measurement, label: str
    ) -> tuple[Fraction | None, Fraction | None]:
        """The low and the high limit of normal that the reference ranges give; none where they differ.

        ``value``: the Quantity in whose unit a limit without one counts.
        """
        if measurement.unit == BOOLEAN or ranges is None:
            return None, None
        given = [limits_of(limits, value) for limits in objects_in(ranges) if _is_normal(limits)]
        low, high = (self._limit(given, end, measurement, f"{label} referenceRange.{end}") for end in ("low", "high"))
        return low, high

    def _limit(
        self, given: Sequence[Mapping[str, object]], end: str, measurement: Measurement, where: str
    ) -> Fraction | None:
        limits = [self._number(each[end], measurement, where) for each in given if end in each]
        only = limits[0] if limits and all(limit == limits[0] for limit in limits) else None
        # A limit of zero would make every value normal: it is no limit.
        return only or None

    def _number(self, quantity: object, measurement: Measurement, label: str) -> Fraction | None:
        try:
            number = convert(quantity, measurement.unit, self.synonyms)
        except UnitProblem as problem:
            self.refuse(problem.reason, f"{label}: {problem.detail}")
            return None
        if not measurement.holds(number):
            self.refuse("implausible", f"{label}: outside what can be measured in {measurement.unit}")
            return None
        return number


def interpretation_of(element: Mapping[str, object], worse: str | None, tables: NerveTables) -> str | None:
    """``normal`` or ``abnormal`` by the sender's own interpretation; ``None`` where it leaves that open.

    ``worse``: on which side of its limits a value is abnormal; beyond the other one it is not.
    """
    given = element.get("interpretation")
    if given is None:
        return None
    meaning = {"normal": "normal", "abnormal": "abnormal", worse: "abnormal"}
    judged = {meaning.get(word) for concept in _concepts(given) for word in _words(concept, tables)} - {None}
    return judged.pop() if len(judged) == 1 else None


def _concepts(given: object) -> list[Mapping[str, object]]:
    return objects_in(given if isinstance(given, list) else [given])


def _words(concept: Mapping[str, object], tables: NerveTables) -> set[str]:
    codes = [str(coding.get("code")) for coding in codings_of(concept) if _is_standard(coding.get("system", ""))]
    # In another system, such as SNOMED CT, a code is a spelling of one of these; a text is where no code stands.
    spelled = [*codes, *keys_of(concept)]
    told = {tables.interpretations[code] for code in spelled if code in tables.interpretations}
    text = text_of(concept)
    if told or codings_of(concept):
        return told
    return {text} if text in ("normal", "abnormal") else {tables.interpretations.get(text, "")} - {""}


def _is_standard(system: object) -> bool:
    return isinstance(system, str) and (not system or system.endswith(_INTERPRETATION_SYSTEMS))


def _is_normal(reference_range: Mapping[str, object]) -> bool:
    codes = {key.rpartition("|")[2] for key in keys_of(reference_range.get("type"))}
    return not codes or "normal" in codes
