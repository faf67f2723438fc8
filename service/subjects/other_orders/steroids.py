"""What an order of a corticosteroid comes to: which one, how much a day, how near to another, and for what."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.fhir.intake.records import PatientRecord, Treatment
from service.fhir.mappings.agents import AgentTable
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import AboveZero, Texts, written
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import Codes, checked_codes, section
from service.fhir.orders.dosage import Dosage, DoseLine, dosage_of, instructions_of, steps_of
from service.fhir.orders.doses import Reading, repeat_of
from service.fhir.orders.drug import OrderedDrugs, is_single_dose, states_no_timing
from service.fhir.orders.following import following_words
from service.fhir.orders.given_at import given_at
from service.fhir.orders.reasons import Named
from service.fhir.values.answers import objects_in, text_of
from service.knowledge.near import one_of
from service.subjects.other_orders.explained import Listed, listed_disease, names_another_beside

AGENT = "corticosteroid"
_SECTION = "steroid_doses"
_REPLACING = ("hydrocortisone", "cortisone")
_WEEK = Fraction(7)
_MILLI = 1000
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _DrugYaml:
    equal_mg: AboveZero
    codes: Codes = field(default_factory=dict)
    names: Texts = ()


@dataclass(frozen=True, slots=True)
class _Written:
    replacement: Texts = ()
    before_infusions: Texts = ()
    infused: Texts = ()
    drugs: dict[str, _DrugYaml] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Steroids:
    """The steroids of the mapping files: how many mg equal one of prednisolone, by name."""

    agents: AgentTable
    equal_mg: Mapping[str, Fraction]
    by_code: Mapping[str, str]
    by_name: Sequence[tuple[str, str]]
    replacement: Sequence[str]
    before_infusions: Sequence[str]
    infused: frozenset[str]
    synonyms: Mapping[str, str]
    follows: re.Pattern[str]

    def reading(self) -> Reading:
        """How the amounts of an order are read."""
        return Reading(None, self.synonyms, _WEEK, follows=self.follows)

    def of(self, code: object) -> str | None:
        """The steroid that codes or texts name; ``None`` where they name none, or only a group."""
        for key in self.agents.codes_of(code):
            if key in self.by_code:
                return self.by_code[key]
        texts = texts_of(code)
        found = (name for word, name in self.by_name if any(whole(word).search(text) for text in texts))
        return next(found, None)


def steroids_of(mappings: Mappings) -> Steroids:
    """Read and check ``steroid_doses``; KnowledgeError names section and key."""
    doses = written(mappings.tables, _SECTION, _Written)
    names = [(word, name) for name, drug in doses.drugs.items() for word in (name, *drug.names)]
    for agent in doses.infused:
        one_of(agent, list(section(mappings, "agents")), f"{_SECTION}.infused")
    return Steroids(
        mappings.agents,
        {name: drug.equal_mg / 5 for name, drug in doses.drugs.items()},
        {code: name for name, drug in doses.drugs.items() for code in checked_codes(drug.codes)},
        sorted(names, key=lambda each: (-len(each[0]), each[0])),
        doses.replacement,
        doses.before_infusions,
        frozenset(doses.infused),
        mappings.units,
        following_words(mappings),
    )


def prednisolone_a_day(treatment: Treatment, steroids: Steroids) -> Fraction | None:
    """Milligrams of a day, as prednisolone; ``None`` where the resource does not say them."""
    name = steroids.of(treatment.code)
    day = _highest_day(dosage_of(treatment.resource, steroids.reading()))
    return None if name is None or day is None else day / steroids.equal_mg[name]


class SteroidOrders:
    """The orders of corticosteroids of one record, looked through once."""

    def __init__(
        self,
        steroids: Steroids,
        drugs: OrderedDrugs,
        record: PatientRecord,
        as_of: datetime,
        known: Mapping[str, Fact],
        listed: Listed,
    ) -> None:
        self._steroids, self._as_of, self._known, self._listed = steroids, as_of, known, listed
        given = [each for each in record.treatments if not each.is_allergy]
        own = [each for each in given if each.agent.name == AGENT and not drugs.is_local(each)]
        self._starts = sorted(given_at(each, as_of).earliest for each in own)
        self._ends = sorted(_until(each, as_of) for each in own)
        self._infused = [given_at(each, as_of) for each in given if each.agent.name in steroids.infused]

    def facts(self, order: Treatment, named: Named, premedication: Fact) -> dict[str, Fact]:
        """All facts of one order; ``premedication``: whether it is a single dose near immunoglobulin."""
        evidence = (order.reference,)
        name = self._steroids.of(order.code)
        dosage = dosage_of(order.resource, self._steroids.reading())
        facts = {
            "steroid": Fact(name or AGENT, evidence),
            "steroid_kind": Fact("hydrocortisone" if name in _REPLACING else "another", evidence),
            "premedication": self._before_infusion(order, premedication),
            "adrenal_reason": self._adrenal(order, named, evidence),
            "steroid_reason": self._reason(name, self._with_replacement(order, named), evidence),
        }
        return facts | self._amounts(name, dosage, evidence) | self._nearness(order, evidence)

    def _reason(self, name: str | None, named: Named, evidence: tuple[str, ...]) -> Fact:
        """What explains the steroid: the order decides, then a listed disease that is active."""
        if names_another_beside(named, "steroid_indication"):
            return Fact("another", evidence, named.why)
        if named.word in ("mmn", "neuropathy", "cidp", "not_readable"):
            return Fact("own_disease" if named.word != "not_readable" else "not_readable", evidence, named.why)
        if named.word == "other" and "steroid_indication" in named.points_to:
            return Fact("stated", evidence, named.why)
        if named.word in ("other", "suspected_other"):
            return Fact("another", evidence, named.why)
        found = listed_disease(self._listed, self._known, self._explaining(name), evidence)
        return found or Fact("none", evidence, "no other disease is named")

    @staticmethod
    def _explaining(name: str | None) -> Sequence[str]:
        return ("adrenal_insufficiency", "steroid_indication") if name in _REPLACING else ("steroid_indication",)

    def _with_replacement(self, order: Treatment, named: Named) -> Named:
        """An order of which no disease could be read is for another one where it speaks of replacement."""
        is_unread = named.word in ("not_readable", "none_coded")
        return Named("other", why="replacement") if is_unread and self._speaks_of_adrenals(order, named) else named

    def _speaks_of_adrenals(self, order: Treatment, named: Named) -> bool:
        is_replacement = whole(*self._steroids.replacement).search(_words_of(order)) is not None
        return is_replacement or "adrenal_insufficiency" in named.mentions

    def _adrenal(self, order: Treatment, named: Named, evidence: tuple[str, ...]) -> Fact:
        if self._speaks_of_adrenals(order, named):
            return Fact("named", evidence, "the order says so")
        found = listed_disease(self._listed, self._known, ("adrenal_insufficiency",), evidence)
        return Fact("named", found.evidence, "listed") if found else Fact("not_named", evidence)

    def _amounts(self, name: str | None, dosage: Dosage, evidence: tuple[str, ...]) -> dict[str, Fact]:
        """Milligrams of one dose and of a day, and as prednisolone of a day and in all; where the order says them."""
        day = _highest_day(dosage)
        facts = {"steroid_dose_stated": Fact("known" if name and day else "not_known", evidence)}
        if name is None or day is None:
            return facts
        as_prednisolone = 1 / self._steroids.equal_mg[name]
        facts["steroid_mg_per_day"] = Fact(Range.exactly(day), evidence)
        facts["prednisolone_mg_per_day"] = Fact(Range.exactly(day * as_prednisolone), evidence)
        one = max(line.dose.high or Fraction(0) for line in dosage.lines) * _MILLI
        facts["steroid_mg_per_dose"] = Fact(Range.exactly(one), evidence)
        days = [max(line.days.high or Fraction(0) for line in step) for step in steps_of(dosage.lines)]
        if not dosage.missing and all(line.days.high for line in dosage.lines):
            facts["steroid_days"] = Fact(Range.exactly(sum(days, Fraction(0))), evidence)
        return facts | {"steroid_days_stated": Fact("known" if "steroid_days" in facts else "not_known", evidence)}

    def _nearness(self, order: Treatment, evidence: tuple[str, ...]) -> dict[str, Fact]:
        """Whether it is one dose, and how many days lie between it and the next order or dose of a steroid."""
        is_one = is_single_dose(order.resource) or _is_one_time(order, self._steroids.synonyms)
        facts = {"steroid_doses": Fact("one" if is_one else "several", evidence)}
        days = self._days_to_another(order)
        facts["another_steroid"] = Fact("none" if days is None else "on_record", evidence)
        return facts if days is None else facts | {"days_to_another_steroid": Fact(Range.exactly(days), evidence)}

    def _days_to_another(self, order: Treatment) -> int | None:
        """Days to the nearest one; 0 where it may be at the same time; ``None`` where there is none."""
        own = given_at(order, self._as_of)
        begun, over = bisect_right(self._starts, own.latest), bisect_left(self._ends, own.earliest)
        if begun - over > 1:
            return 0
        later = [(self._starts[begun].date() - own.latest.date()).days] if begun < len(self._starts) else []
        earlier = [(own.earliest.date() - self._ends[over - 1].date()).days] if over else []
        return min([*later, *earlier], default=None)

    def _before_infusion(self, order: Treatment, premedication: Fact) -> Fact:
        if premedication.value == "present":
            return premedication
        own = given_at(order, self._as_of)
        is_one = is_single_dose(order.resource) or states_no_timing(order.resource)
        is_near = any(
            each.earliest.date() <= own.latest.date() and own.earliest.date() <= each.latest.date()
            for each in self._infused
        )
        says_so = whole(*self._steroids.before_infusions).search(_words_of(order)) is not None
        is_shown = is_one and is_near and says_so
        return Fact("present" if is_shown else "absent", (order.reference,))


def may_be_needed(facts: Mapping[str, Fact], replacement_mg: Fraction) -> bool:
    """Whether the body may need this steroid, or its reason was not understood: then no card offers to delete it.

    ``replacement_mg``: up to so much of a day, as prednisolone, is no treatment.
    """
    a_day = facts["prednisolone_mg_per_day"].value if "prednisolone_mg_per_day" in facts else None
    is_above = isinstance(a_day, Range) and a_day.low is not None and a_day.low > replacement_mg
    return not is_above or facts["adrenal_reason"].value == "named" or facts["steroid_reason"].value == "not_readable"


def _until(order: Treatment, as_of: datetime) -> datetime:
    """When it ends; one in force that is not for a single dose runs on."""
    moment = given_at(order, as_of)
    is_running = order.kind == "MedicationRequest" and order.resource.get("status") == "active" and not order.is_draft
    is_dated = any(repeat_of(each).get("boundsPeriod") for each in instructions_of(order.resource))
    return _END_OF_TIME if is_running and not is_dated and not is_single_dose(order.resource) else moment.latest


def _is_one_time(order: Treatment, synonyms: Mapping[str, str]) -> bool:
    """Whether timing comes to one administration, as once a day for one day."""
    dosage = dosage_of(order.resource, Reading(None, synonyms, _WEEK))
    lines = dosage.lines
    return len(lines) == 1 and not dosage.missing and lines[0].interval_days is None and lines[0].times.high == 1


def _highest_day(dosage: Dosage) -> Fraction | None:
    """Milligrams of the day that has most, all lines of a step together; ``None`` where a line does not say it."""
    a_day = {line: _of_a_day(line) for line in dosage.lines}
    if not a_day or None in a_day.values():
        return None
    return max(sum((a_day[line] or Fraction(0) for line in step), Fraction(0)) for step in steps_of(dosage.lines))


def _of_a_day(line: DoseLine) -> Fraction | None:
    often = line.a_day_without_end or line.most_a_day
    if line.is_per_kg or not line.dose.high or often.high is None:
        return None
    return line.dose.high * max(often.high, Fraction(1)) * _MILLI


def _words_of(order: Treatment) -> str:
    said = [text_of(each) for each in instructions_of(order.resource)]
    said += [str(each.get("patientInstruction", "")) for each in instructions_of(order.resource)]
    said += [text for note in objects_in(order.resource.get("note")) for text in texts_of(note)]
    reasons = order.resource.get("reasonCode")
    said += [text for each in (reasons if isinstance(reasons, list) else [reasons]) for text in texts_of(each)]
    return " ".join([*said, *texts_of(order.code)]).casefold()
