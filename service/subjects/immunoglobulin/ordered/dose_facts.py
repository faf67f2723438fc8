"""The dose of immunoglobulin that one or several orders make together, and what it is held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from service.domain.facts import Correction, Fact, Range
from service.domain.statements import in_order
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.known_systems import as_sent
from service.fhir.intake.records import Treatment
from service.fhir.orders.dosage import Dosage, DoseLine, dosage_of, instructions_of
from service.fhir.orders.doses import Reading
from service.fhir.orders.rates import RateReading, highest_rate
from service.fhir.orders.weight import Weight
from service.fhir.values.answers import shown
from service.subjects.immunoglobulin.ordered.chart import treatments_seen
from service.subjects.immunoglobulin.ordered.correction import Corrector, OrderLimits
from service.subjects.immunoglobulin.ordered.dose import Course, course_of, monthly_without_end
from service.subjects.immunoglobulin.ordered.on_record import OnRecord
from service.subjects.immunoglobulin.ordered.stated import (
    all_lines,
    has_rate_steps,
    in_force,
    in_words,
    repeated,
    stated_doses,
    treatment_phase,
)
from service.subjects.immunoglobulin.ordered.tables import OrderTables
from service.subjects.immunoglobulin.ordered.text_beside import Fields, by_text, stated_in_words, text_beside
from service.subjects.immunoglobulin.ordered.vials import in_vials, rounded_to_vials, vials_in_words

_WEEK = 7
# Of these a range may straddle a limit, so that both ends are held against it.
_WITH_ENDS = ("dose_g_per_kg", "dose_days", "dose_g_per_kg_per_day", "monthly_equivalent_g_per_kg")


@dataclass(frozen=True, slots=True)
class DoseReader:
    """Makes the facts on the dose of orders that belong together."""

    record: PatientRecord
    tables: OrderTables
    limits: OrderLimits
    weight: Weight
    as_of: datetime
    known: Mapping[str, Fact]
    on_record: OnRecord

    def read(self, orders: Sequence[Treatment]) -> dict[str, Fact]:
        """The facts on the dose of orders that belong together."""
        dosages = [self._dosage(order, order.resource) for order in orders]
        lines = all_lines(dosages)
        course = self._course(lines)
        earlier = self._earlier(orders)
        references = tuple(order.reference for order in orders)
        facts = {"earlier_immunoglobulin": earlier, "earlier_treatment_unseen": self._unseen()}
        facts["orders_together"] = Fact("several" if len(orders) > 1 else "one", references)
        facts["rate_steps"] = Fact("present" if has_rate_steps(orders) else "absent", references)
        facts["another_order"] = in_force(orders)
        said = [self.tables.words.said_by(order.resource) for order in orders]
        text = self._text(orders, dosages, lines, course)
        phase = treatment_phase(lines, course, self._first(earlier), references)
        facts |= stated_doses(dosages, references, stated_in_words(said))
        facts |= {"treatment_phase": by_text(phase, text), "text_and_dose": text}
        weighed = in_order((*references, *(self.weight.facts["weight_kg"].evidence if self.weight.kilograms else ())))
        days = self._days_since(orders, lines)
        amounts = {
            "total_dose_g": course.total_g,
            "dose_g_per_kg": course.g_per_kg,
            "dose_days": course.days,
            "dose_g_per_kg_per_day": course.largest_day_g_per_kg,
            "interval_days": course.interval_days,
            "interval_dose_g_per_kg": course.interval_g_per_kg,
            "monthly_equivalent_g_per_kg": course.monthly_g_per_kg,
            "days_since_immunoglobulin": Range.exactly(days) if days is not None else None,
            "repeat_monthly_g_per_kg": self._since_last(orders, lines, course),
            "endless_monthly_g_per_kg": self._endless(lines),
        }
        facts |= {name: Fact(amount, weighed) for name, amount in amounts.items() if amount and _says_something(amount)}
        facts["day_load"] = Fact("beyond" if self._is_heavy(course) else "within", weighed)
        return facts | _ends(facts) | self._rates(orders, weighed) | self._vials(orders[0], course, weighed)

    def repeated(self, order: Treatment) -> list[tuple[object, ...]]:
        """Dose and interval of an order of which all instructions repeat; nothing where one is not read whole."""
        dosage = self._dosage(order, order.resource)
        return [] if dosage.missing else repeated(dosage.lines)

    def grams_a_week(self, order: Treatment) -> Fraction | None:
        """What an order that repeats comes to in a week, where that is known exactly."""
        dosage = self._dosage(order, order.resource)
        course = self._course(dosage.lines)
        total, interval = course.total_g, course.interval_days
        if dosage.missing or total is None or interval is None or not interval.low:
            return None
        is_exact = total.low == total.high and interval.low == interval.high
        return total.low / interval.low * _WEEK if is_exact and total.low is not None else None

    def proposed(self, orders: Sequence[Treatment]) -> Iterator[Correction]:
        """What could stand in place of one order, with what it comes to; nothing where that takes what is not known."""
        order = orders[0]
        if len(orders) > 1 or order.kind != "MedicationRequest" or order.agent.name != "ivig":
            return
        if self.weight.kilograms is None or not self._is_by_vein(order):
            return
        dosage = self._dosage(order, order.resource)
        course = self._course(dosage.lines)
        if dosage.missing or self._text(orders, [dosage], dosage.lines, course).value != "agree":
            return
        now = dict.fromkeys(self.read(orders), Fact(None))
        corrector = Corrector(
            self.limits,
            self.weight.kilograms,
            self._sizes(order),
            lambda resource: self._course(self._dosage(order, resource).lines),
        )
        for correction in corrector.proposals(order.resource, dosage.lines, course):
            facts = now | self.read([replace(order, resource=dict(correction.order))])
            sent = order.sent
            whole = correction.order if sent is None else as_sent(correction.order, order.resource, sent)
            yield replace(correction, order=whole, facts=facts)

    def _text(
        self, orders: Sequence[Treatment], dosages: Sequence[Dosage], lines: Sequence[DoseLine], course: Course
    ) -> Fact:
        """What instructions and notes of the orders say beside their dose fields."""
        is_known = not any(dosage.missing for dosage in dosages)
        said = [self.tables.words.said_by(order.resource) for order in orders]
        limits = self.limits
        fields = Fields(lines, course, self.weight.kilograms, is_known, limits.words_agree, limits.words_beyond)
        return text_beside(said, fields, tuple(order.reference for order in orders))

    def _course(self, lines: Sequence[DoseLine]) -> Course:
        return course_of(lines, self.weight.kilograms, self.limits.days_per_month, self.limits.course_gap)

    def _endless(self, lines: Sequence[DoseLine]) -> Range | None:
        return monthly_without_end(lines, self.weight.kilograms, self.limits.days_per_month)

    def _dosage(self, order: Treatment, resource: Mapping[str, object]) -> Dosage:
        reading = Reading(
            self.tables.strength_of(order),
            self.tables.synonyms,
            self.limits.long_interval,
            self.weight.kilograms,
            self.limits.believed,
            self.tables.follows,
        )
        return dosage_of(resource, reading)

    def _is_heavy(self, course: Course) -> bool:
        """Whether the heaviest day is surely beyond its limit, and beyond one vial and the tolerance more."""
        load, kilograms, limits = course.largest_day_g_per_kg, self.weight.kilograms, self.limits
        if load is None or load.low is None or not kilograms:
            return False
        beyond = (load.low - limits.highest_day) * kilograms
        return beyond > max(limits.day_tolerance_g, limits.highest_day * kilograms * limits.day_tolerance_percent / 100)

    def _rates(self, orders: Sequence[Treatment], evidence: tuple[str, ...]) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        highest: list[Fraction] = []
        for order in orders:
            rate, problem = highest_rate(order.resource, self._rate_reading(order))
            highest += [rate] if rate is not None else []
            if problem is not None:
                facts["infusion_rate_stated"] = Fact("not_readable", (order.reference,))
                facts["rate_lacks"] = Fact(problem.why, (order.reference,), in_words(problem.why, problem.stated))
        if highest:
            facts.setdefault("infusion_rate_stated", Fact("readable", evidence))
            facts["infusion_rate_ml_per_kg_h"] = Fact(Range.exactly(max(highest)), evidence)
        return facts | self._label_rates(orders[0], evidence)

    def _label_rates(self, order: Treatment, evidence: tuple[str, ...]) -> dict[str, Fact]:
        """The rates of the label in mL/h, of a product with a label for MMN and of known strength."""
        kilograms, product = self.weight.kilograms, self.tables.products.of(order.code)
        if not kilograms or product not in self.tables.products.labels or product not in self.tables.products.percent:
            return {}
        names = ("lowest_rate_ml_per_h", "highest_rate_ml_per_h")
        rates = (rate * kilograms for rate in self.limits.label_rates)
        return {name: Fact(Range.exactly(rate), evidence) for name, rate in zip(names, rates, strict=True)}

    def _earlier(self, orders: Sequence[Treatment]) -> Fact:
        others = self.on_record.other_than({order.reference for order in orders})
        response = self.known.get("objective_improvement_after_ivig")
        others += response.evidence if response else ()
        if others:
            return Fact("on_record", in_order(others))
        if not treatments_seen(self.record):
            return Fact("not_seen", (), "nobody looked at all that was ordered and given")
        return Fact("not_on_record", (), "no earlier immunoglobulin on record")

    def _first(self, earlier: Fact) -> Fact:
        """What was given before; of somebody diagnosed long ago nothing found does not mean that nothing was given."""
        age = self.known.get("diagnosis_age")
        is_new = age is not None and age.value == "new"
        return earlier if earlier.value != "not_on_record" or is_new else Fact(None, earlier.evidence)

    def _unseen(self) -> Fact:
        unseen = [kind for kind in ("medications", "treatments") if kind in self.record.unseen]
        by_codes = "nothing" if treatments_seen(self.record) else "infusions_of_other_codes"
        return Fact("_and_".join(unseen) or by_codes)

    def _since_last(self, orders: Sequence[Treatment], lines: Sequence[DoseLine], course: Course) -> Range | None:
        """What the course comes to a month, by the days since immunoglobulin was last given."""
        days = self._days_since(orders, lines)
        if days is None or course.g_per_kg is None or course.is_repeated:
            return None
        per_day = self.limits.days_per_month / max(days, 1)
        low, high = course.g_per_kg.low, course.g_per_kg.high
        return Range(low * per_day if low is not None else None, high * per_day if high is not None else None)

    def _days_since(self, orders: Sequence[Treatment], lines: Sequence[DoseLine]) -> int | None:
        """Days from the last dose that was given to the first that is ordered."""
        dates = [day for line in lines for day in line.dates]
        written = [order.moment.day for order in orders if order.moment.day is not None and not order.is_draft]
        start: date = min(dates or written or [self.as_of.date()])
        last = self.on_record.last_given(start)
        return (start - last).days if last is not None else None

    def _vials(self, order: Treatment, course: Course, evidence: tuple[str, ...]) -> dict[str, Fact]:
        """One day's dose, where all days are alike, and rounded to vials; in the band, where it lies in the band."""
        grams = course.even_day_g
        if not grams:
            return {}
        facts = {"dose_g_per_day": Fact(Range.exactly(grams), evidence)}
        vials = self._sizes(order)
        rounded = rounded_to_vials(grams, vials, self.limits.vial_step, *self._bounds(grams, course))
        used = in_vials(rounded, vials) if rounded is not None else None
        if rounded is not None and used is not None:
            words = vials_in_words([shown(size) for size in used])
            facts["vials_g_per_day"] = Fact(Range.exactly(rounded), evidence, words)
        return facts

    def _sizes(self, order: Treatment) -> Sequence[Fraction]:
        product = self.tables.products.of(order.code)
        return self.tables.products.vials.get(product, self.tables.products.usual_vials)

    def _bounds(self, grams: Fraction, course: Course) -> tuple[Fraction | None, Fraction | None]:
        kilograms = self.weight.kilograms
        dose = course.g_per_kg.low if course.g_per_kg is not None else None
        if not kilograms or not dose or course.is_repeated:
            return None, None
        if not self.limits.lowest_course <= dose <= self.limits.highest_course:
            return None, None
        # So many grams a day make so much of the course.
        return grams * self.limits.lowest_course / dose, grams * self.limits.highest_course / dose

    def _rate_reading(self, order: Treatment) -> RateReading:
        limits = self.limits
        return RateReading(
            self.weight.kilograms,
            self.tables.strength_of(order),
            limits.reference_strength,
            self.tables.synonyms,
            limits.believed.ml_per_kg_h,
        )

    def _is_by_vein(self, order: Treatment) -> bool:
        """Whether no instruction states another route, or one that is not understood."""
        return all(
            self.tables.drugs.routes.is_by("intravenous", instruction.get("route"))
            for instruction in instructions_of(order.resource)
        )


def _says_something(amount: Range) -> bool:
    return bool(amount.low) or amount.high is not None


def _ends(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The lowest and the highest that an amount may be, where it is a range."""
    made: dict[str, Fact] = {}
    for name in _WITH_ENDS:
        fact = facts.get(name)
        if fact is None or not isinstance(fact.value, Range):
            continue
        for end, number in (("lowest", fact.value.low), ("highest", fact.value.high)):
            if number is not None:
                made[f"{end}_{name}"] = Fact(Range.exactly(number), fact.evidence)
    return made
