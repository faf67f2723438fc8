"""What was on record before a disease began that explains what is found: what is older, it does not explain.

The record as it was before that day is read by every subject as the whole one is, so that a study which a newer one
replaced, or a fall between scores of that time, is told as well.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import partial

from service.domain.facts import Fact, Range
from service.domain.reading import Parts, Reading, Verdicts
from service.fhir.intake.records import PatientRecord
from service.knowledge.declared import Declared, words
from service.knowledge.model import Knowledge

_ON_RECORD = words("on_record", "not_on_record")
Read = Callable[[PatientRecord, datetime], Reading]

DECLARES = Declared(
    room="service/subjects/earlier.py",
    facts={
        "earlier_bulbar_weakness": _ON_RECORD,
        "earlier_rapid_course": _ON_RECORD,
        "earlier_csf_protein": _ON_RECORD,
        "earlier_block_or_slowing": _ON_RECORD,
    },
    reads=(
        *("marked_bulbar_involvement", "progression", "rapid_decline", "rapid_fall"),
        *("csf_protein_g_per_l", "nerves_with_block_or_slowing"),
    ),
    thresholds={"csf_protein_limit": "g/L"},
)


class Earlier:
    """Reads the record as it was before a disease that explains what is found."""

    def __init__(self, read: Read, knowledge: Knowledge) -> None:
        """``read``: reads all subjects."""
        self._read = read
        self._csf_limit = knowledge.number("csf_protein_limit")

    def before(self, moment: datetime, record: PatientRecord) -> Reading:
        """Whether each of the findings was on record before the moment; what has no date may have been."""
        then = self._read(as_it_was(record, moment), moment)
        parts = tuple(Parts(each.of, each.facts, partial(self._noted, each, then.facts)) for each in then.parts)
        return Reading(parts=parts)

    def _noted(
        self, parts: Parts, facts: Mapping[str, Fact], verdicts: Sequence[Verdicts], _: Mapping[str, Fact]
    ) -> Reading:
        then = {**facts, **parts.concluded(verdicts, facts).facts}
        return Reading(facts=self._facts(then))

    def _facts(self, then: Mapping[str, Fact]) -> dict[str, Fact]:
        """Of each kind of finding whether it was there."""
        courses = [_told(then, "progression", "rapid")]
        courses += [_told(then, fall, "shown") for fall in ("rapid_decline", "rapid_fall")]
        return {
            "earlier_bulbar_weakness": _first([_told(then, "marked_bulbar_involvement", "present")]),
            "earlier_rapid_course": _first(courses),
            "earlier_csf_protein": _first([_at_least(then, "csf_protein_g_per_l", self._csf_limit)]),
            "earlier_block_or_slowing": _first([_at_least(then, "nerves_with_block_or_slowing", Fraction(1))]),
        }


def as_it_was(record: PatientRecord, moment: datetime) -> PatientRecord:
    """The record without what is not surely older."""
    return replace(
        record,
        sources=[each for each in record.sources if each.moment.earliest < moment],
        preliminary=[],
        treatments=[each for each in record.treatments if each.moment.earliest < moment and not each.is_order],
        unread_orders=[],
    )


def _told(facts: Mapping[str, Fact], name: str, word: str) -> Fact | None:
    fact = facts.get(name)
    return fact if fact is not None and fact.value == word else None


def _at_least(facts: Mapping[str, Fact], name: str, limit: Fraction) -> Fact | None:
    fact = facts.get(name)
    low = fact.value.low if fact is not None and isinstance(fact.value, Range) else None
    return fact if low is not None and low >= limit else None


def _first(found: Sequence[Fact | None]) -> Fact:
    shown = next((each for each in found if each is not None), None)
    return Fact("not_on_record") if shown is None else Fact("on_record", shown.evidence)
