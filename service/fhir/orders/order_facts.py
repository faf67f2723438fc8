"""The facts of each order: what it is of and for, how it is given, and what its dose comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from service.domain.dose import Course, course_of, in_vials, rounded_to
from service.domain.facts import Fact, OrderFacts, Range
from service.domain.moments import Moment, moment_of
from service.domain.statements import in_order
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.records import Treatment
from service.fhir.mappings.agents import texts_of
from service.fhir.orders.amounts import rate_ml_per_kg_h, strength_g_per_ml
from service.fhir.orders.chart import IMMUNOGLOBULINS, is_immunoglobulin, treatments_seen
from service.fhir.orders.correction import OrderLimits, correction_of
from service.fhir.orders.dosage import Dosage, Reading, dosage_of, doses_of, instructions_of, repeat_of
from service.fhir.orders.indication import Indications
from service.fhir.orders.order_tables import OrderTables
from service.fhir.orders.weight import Weight
from service.fhir.values.answers import codings_of, shown, text_of


@dataclass(frozen=True, slots=True)
class OrderReader:
    """Makes the facts of every order of one record."""

    record: PatientRecord
    tables: OrderTables
    limits: OrderLimits
    indications: Indications
    weight: Weight
    as_of: datetime
    known: Mapping[str, Fact]

    def orders(self) -> tuple[OrderFacts, ...]:
        """The orders that rules judge, each with its facts."""
        return tuple(self._order(each) for each in self.record.treatments if each.is_order)

    def _order(self, order: Treatment) -> OrderFacts:
        evidence = (order.reference,)
        facts = self._of_drug(order, evidence) | self.indications.facts(order.resource, evidence)
        if order.agent.name in IMMUNOGLOBULINS:
            dosage = self._dosage(order)
            course = course_of(dosage.lines, self.weight.kilograms, self.limits.days_per_month)
            facts |= self._of_immunoglobulin(order, dosage, course)
            corrected = None
            if order.kind == "MedicationRequest":
                corrected = correction_of(order.resource, dosage.lines, course, self.weight.kilograms, self.limits)
            return OrderFacts(order.reference, facts, corrected)
        return OrderFacts(order.reference, facts)

    def _of_drug(self, order: Treatment, evidence: tuple[str, ...]) -> dict[str, Fact]:
        facts = {"agent": Fact(order.agent.name, evidence, order.agent.why)}
        if order.kind == "MedicationRequest" and self._names_a_drug(order):
            known = "not_recognised" if order.agent.name is None else "recognised"
            facts["drug_recognised"] = Fact(known, evidence)
        facts["route"] = Fact(self._route(order), evidence)
        is_local = order.agent.is_local or facts["route"].value == "local"
        why = "its code, route or form says local use" if is_local else "nothing in it says local use"
        facts["systemic"] = Fact("local" if is_local else "systemic", evidence, why)
        facts["premedication"] = self._premedication(order, evidence)
        return facts

    @staticmethod
    def _names_a_drug(order: Treatment) -> bool:
        coded = any(isinstance(coding.get("code"), str) for coding in codings_of(order.code))
        return bool(texts_of(order.code)) or coded or bool(order.resource.get("medicationReference"))

    def _route(self, order: Treatment) -> str | None:
        texts = texts_of(order.code) + texts_of(order.medication.get("form"))
        codes: list[str] = []
        for instruction in instructions_of(order.resource):
            texts += [*texts_of(instruction.get("route")), *texts_of(instruction.get("site"))]
            texts += [text_of(instruction), *texts_of(instruction.get("method"))]
            codes += self.tables.agents.codes_of(instruction.get("route"))
        for route, (known, words) in self.tables.routes.items():
            if known.intersection(codes) or any(words.search(text) for text in texts):
                return route
        return None

    # ---- premedication -----------------------------------------------------------------------------------

    def _premedication(self, order: Treatment, evidence: tuple[str, ...]) -> Fact:
        """A single dose within a day of immunoglobulin; a course, or a dose far from any infusion, is none."""
        if not _is_single(order.resource):
            return Fact("absent", evidence, "not a single dose")
        others = [each for each in self.record.treatments if is_immunoglobulin(each)]
        if not others:
            return (
                Fact("absent", evidence, "no immunoglobulin on record") if treatments_seen(self.record) else Fact(None)
            )
        own = _given_at(order, self.as_of)
        near = [self._is_near(own, _given_at(each, self.as_of), each) for each in others]
        references = in_order((*evidence, *(each.reference for each in others)))
        if True in near:
            return Fact("present", references, "a single dose within a day of immunoglobulin")
        return Fact(None if None in near else "absent", references, "a single dose; immunoglobulin is on record")

    def _is_near(self, own: Moment, other: Moment, treatment: Treatment) -> bool | None:
        """Within the span (partial dates count as near); a repeating order in force may be due at any time."""
        span = timedelta(hours=int(self.limits.premedication_hours))
        # Differences of moments, not moments moved: an undated one reaches back to the first day there is.
        is_near = own.earliest - other.latest <= span and other.earliest - own.latest <= span
        if is_near:
            return True
        return None if treatment.kind == "MedicationRequest" and treatment.resource.get("status") == "active" else False

    # ---- immunoglobulin ----------------------------------------------------------------------------------

    def _of_immunoglobulin(self, order: Treatment, dosage: Dosage, course: Course) -> dict[str, Fact]:
        evidence = (order.reference,)
        earlier = self._earlier(order)
        facts = self._product(order, evidence) | {"earlier_immunoglobulin": earlier}
        known = "known" if dosage.lines else "not_known"
        facts["dose_stated"] = Fact(known, evidence)
        if dosage.missing:
            facts["dose_lacks"] = Fact(dosage.missing, evidence)
        facts["treatment_phase"] = _phase(dosage, earlier, evidence)
        weighed = in_order((*evidence, *(self.weight.facts["weight_kg"].evidence if self.weight.kilograms else ())))
        amounts = {
            "total_dose_g": course.total_g,
            "dose_g_per_kg": course.g_per_kg,
            "dose_days": course.days,
            "dose_g_per_kg_per_day": course.largest_day_g_per_kg,
            "interval_days": course.interval_days,
            "monthly_equivalent_g_per_kg": course.monthly_g_per_kg,
            "infusion_rate_ml_per_kg_h": self._rate(order),
        }
        facts |= {name: Fact(amount, weighed) for name, amount in amounts.items() if amount is not None}
        return facts | self._vials(course, weighed)

    def _strength(self, order: Treatment) -> Fraction | None:
        product = self.tables.products.of(order.code, self.tables.agents)
        return strength_g_per_ml(order.medication, order.code, self.tables.products.percent.get(product))

    def _dosage(self, order: Treatment) -> Dosage:
        reading = Reading(self._strength(order), self.tables.synonyms, self.limits.long_interval)
        return dosage_of(order.resource, reading)

    def _rate(self, order: Treatment) -> Range | None:
        rates: list[Range] = []
        for instruction in instructions_of(order.resource):
            for dose in doses_of(instruction):
                stated = dose.get("rateQuantity", dose.get("rateRatio", dose.get("rateRange")))
                if stated is not None:
                    rate = rate_ml_per_kg_h(
                        stated,
                        self.weight.kilograms,
                        self._strength(order),
                        self.limits.reference_strength,
                        self.tables.synonyms,
                    )
                    rates += [rate] if rate else []
        return max(rates, key=lambda rate: rate.high or Fraction(0)) if rates else None

    def _product(self, order: Treatment, evidence: tuple[str, ...]) -> dict[str, Fact]:
        product = self.tables.products.of(order.code, self.tables.agents)
        facts: dict[str, Fact] = {}
        stabiliser = self.tables.products.stabiliser.get(product)
        if stabiliser:
            facts["product_stabiliser"] = Fact(stabiliser, evidence, f"{product}, as its label was recalled")
        is_sc = order.agent.name == "scig" or self._route(order) == "subcutaneous"
        facts["subcutaneous"] = Fact("stated" if is_sc else "not_stated", evidence)
        return facts

    def _earlier(self, order: Treatment) -> Fact:
        others = [
            each.reference
            for each in self.record.treatments
            if is_immunoglobulin(each)
            and each.reference != order.reference
            and each.resource.get("status") != "draft"
            and not each.is_draft
        ]
        response = self.known.get("objective_improvement_after_ivig")
        others += response.evidence if response else ()
        if others:
            return Fact("on_record", in_order(others))
        if not treatments_seen(self.record):
            return Fact(None)
        return Fact("not_on_record", (), "no earlier immunoglobulin on record")

    def _vials(self, course: Course, evidence: tuple[str, ...]) -> dict[str, Fact]:
        """One day's dose rounded to vials."""
        if course.total_g is None or course.days is None or course.total_g.low != course.total_g.high:
            return {}
        grams, days = course.total_g.low, course.days.high
        if not grams or not days or course.days.low != days:
            return {}
        rounded = rounded_to(grams / days, self.limits.vial_step)
        used = in_vials(rounded, self.tables.vials)
        sizes = ", ".join(f"{used.count(size)} of {shown(size)} g" for size in dict.fromkeys(used)) if used else ""
        day = Range.exactly(grams / days)
        return {
            "dose_g_per_day": Fact(day, evidence),
            "vials_g_per_day": Fact(Range.exactly(rounded), evidence, f"vials: {sizes}" if sizes else ""),
        }


def _phase(dosage: Dosage, earlier: Fact, evidence: tuple[str, ...]) -> Fact:
    """A course that repeats is maintenance; a single one is the first unless immunoglobulin was given before."""
    if not dosage.lines:
        return Fact(None, evidence)
    if all(line.interval_days is not None for line in dosage.lines):
        return Fact("maintenance", evidence, "it repeats after a week or more")
    if any(line.interval_days is not None for line in dosage.lines) or earlier.value != "not_on_record":
        return Fact(None, in_order((*evidence, *earlier.evidence)), "may be a first or a later course")
    return Fact("induction", evidence, "a single course, and no earlier immunoglobulin on record")


def _is_single(resource: Mapping[str, object]) -> bool:
    instructions = instructions_of(resource)
    if len(instructions) != 1:
        return False
    timing, repeat = instructions[0].get("timing"), repeat_of(instructions[0])
    events = timing.get("event") if isinstance(timing, Mapping) else None
    code = text_of(timing.get("code")) if isinstance(timing, Mapping) else ""
    once = repeat.get("count") == 1 and repeat.get("countMax") in (None, 1)
    return (
        once
        or (isinstance(events, list) and len(events) == 1 and not repeat)
        or code in ("once", "stat", "single dose")
    )


def _given_at(treatment: Treatment, as_of: datetime) -> Moment:
    """When it is to be given: its events or bounds, else when it was written or given; an undated draft is now."""
    moments: list[Moment] = []
    for instruction in instructions_of(treatment.resource):
        timing, bounds = instruction.get("timing"), repeat_of(instruction).get("boundsPeriod")
        events = timing.get("event") if isinstance(timing, Mapping) else None
        dates = events if isinstance(events, list) else list(bounds.values()) if isinstance(bounds, Mapping) else []
        moments += [moment for moment in map(moment_of, dates) if moment is not None]
    if moments:
        return Moment(min(each.earliest for each in moments), max(each.latest for each in moments), None)
    is_undated_order = treatment.is_order or treatment.is_draft or treatment.resource.get("status") == "draft"
    if treatment.moment.day is None and is_undated_order:
        return Moment(as_of, as_of, None)
    return treatment.moment
