"""The facts of each order: what it is of and for, how it is given, and what its dose comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.facts import Fact, OrderFacts, Value
from service.domain.statements import in_order
from service.fhir.dosing.dosage import instructions_of
from service.fhir.dosing.doses import repeat_of
from service.fhir.dosing.weight import Weight
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.records import Treatment
from service.fhir.mappings.texts import LONGEST_SEARCHED, texts_of
from service.fhir.values.answers import codings_of, text_of
from service.subjects.immunoglobulin.ordered.chart import IMMUNOGLOBULINS, treatments_seen
from service.subjects.immunoglobulin.ordered.correction import OrderLimits
from service.subjects.immunoglobulin.ordered.dose_facts import DoseReader
from service.subjects.immunoglobulin.ordered.indication import Indications
from service.subjects.immunoglobulin.ordered.on_record import OnRecord, given_at
from service.subjects.immunoglobulin.ordered.order_groups import orders_in_force, together
from service.subjects.immunoglobulin.ordered.order_tables import OrderTables

_BESIDE_THE_VEIN = ("intramuscular", "oral", "local", "subcutaneous")


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
    on_record: OnRecord

    def orders(self) -> tuple[OrderFacts, ...]:
        """The orders that rules judge, each with its facts; orders that make one course are judged as one."""
        # A draft that is not selected is not judged, but it may be a part of the same course.
        written = [each for each in self.record.treatments if each.is_order or each.is_draft]
        written += orders_in_force(self.record.treatments, written, self.as_of)
        made: list[OrderFacts] = []
        for group in together(written, self.as_of, self.limits):
            if not any(each.is_order for each in group):
                continue
            if group[0].agent.name in IMMUNOGLOBULINS:
                made += self._of_one_course(group)
            else:
                made += [OrderFacts(each.reference, self._facts(each)) for each in group]
        return tuple(made)

    def _facts(self, order: Treatment) -> dict[str, Fact]:
        evidence = (order.reference,)
        facts = self._of_drug(order, evidence) | self.indications.facts(order.resource, evidence)
        return facts | self._product(order, evidence) if order.agent.name in IMMUNOGLOBULINS else facts

    def _of_one_course(self, orders: Sequence[Treatment]) -> list[OrderFacts]:
        """The dose is judged once for all; so is the rest, for those that do not differ in it."""
        facts = [(order, self._facts(order)) for order in orders]
        # What is meant for another disease is no part of a course for MMN.
        elsewhere = [own["indication"].value == "other" for _, own in facts]
        if len(set(elsewhere)) > 1:
            sides = [
                [order for order, side in zip(orders, elsewhere, strict=True) if side is wanted]
                for wanted in (False, True)
            ]
            return [each for side in sides for each in self._of_one_course(side)]
        judged = [(order, own) for order, own in facts if order.is_order]
        if not judged:
            return []
        first = judged[0][1]
        others = [(order, own) for order, own in judged if _values(own) != _values(first)]
        apart = {order.reference: None for order, _ in others}
        names = [order.reference for order in orders if order.reference not in apart]
        dose, correction = self._dose.read(orders)
        # The weight is asked for where the dose is judged.
        silent = {"dosing_weight": Fact(None)}
        rest = [OrderFacts(order.reference, own | silent) for order, own in others]
        return [OrderFacts(", ".join([*names, *apart]), first | dose, correction), *rest]

    @property
    def _dose(self) -> DoseReader:
        return DoseReader(self.record, self.tables, self.limits, self.weight, self.as_of, self.known, self.on_record)

    def _of_drug(self, order: Treatment, evidence: tuple[str, ...]) -> dict[str, Fact]:
        facts = {"agent": Fact(order.agent.name, evidence, order.agent.why)}
        if order.kind == "MedicationRequest" and self._names_a_drug(order):
            facts["drug_recognised"] = Fact(self._recognised(order), evidence)
        facts["route"] = Fact(self._route(order), evidence)
        is_local = order.agent.is_local or facts["route"].value == "local"
        why = "its code, route or form says local use" if is_local else "nothing in it says local use"
        facts["systemic"] = Fact("local" if is_local else "systemic", evidence, why)
        facts["premedication"] = self._premedication(order, evidence)
        return facts

    def _recognised(self, order: Treatment) -> str:
        if order.agent.name is not None:
            return "recognised"
        texts = texts_of(order.code)
        is_whole = all(len(text) < LONGEST_SEARCHED for text in texts)
        is_asked = any(self.tables.asked_about.search(text) for text in texts)
        return (
            "not_asked_about" if texts and is_whole and not is_asked and not order.agent.is_torn else "not_recognised"
        )

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
        if not self.on_record:
            return (
                Fact("absent", evidence, "no immunoglobulin on record") if treatments_seen(self.record) else Fact(None)
            )
        is_near, reference = self.on_record.near(given_at(order, self.as_of))
        if is_near:
            return Fact("present", in_order((*evidence, reference)), "a single dose within a day of immunoglobulin")
        references = in_order((*evidence, *self.on_record.references))
        # A repeating order in force may be due at any time.
        return Fact(None if is_near is None else "absent", references, "a single dose; immunoglobulin is on record")

    # ---- immunoglobulin ----------------------------------------------------------------------------------

    def _product(self, order: Treatment, evidence: tuple[str, ...]) -> dict[str, Fact]:
        product = self.tables.products.of(order.code, self.tables.agents)
        facts: dict[str, Fact] = {}
        stabiliser = self.tables.products.stabiliser.get(product)
        if stabiliser:
            facts["product_stabiliser"] = Fact(stabiliser, evidence, f"{product}, as its label was recalled")
        route = self._way(order)
        is_sc = route == "subcutaneous" or (route == "not_stated" and order.agent.name == "scig")
        facts["subcutaneous"] = Fact("stated" if is_sc else "not_stated", evidence)
        facts["immunoglobulin_route"] = Fact(route, evidence)
        return facts

    def _way(self, order: Treatment) -> str:
        """The route of immunoglobulin; what is stated as one counts more than words of a text."""
        elements = [instruction.get("route") for instruction in instructions_of(order.resource)]
        stated = [self.tables.stated_routes(element) for element in elements if element]
        named = set().union(*stated)
        for way in _BESIDE_THE_VEIN:
            if way in named:
                return way
        if any(named) or any(not each for each in stated):
            return "intravenous" if named == {"intravenous"} and all(stated) else "not_readable"
        found = self._route(order)
        return found if found in ("subcutaneous", "intramuscular", "intravenous") else "not_stated"


def _values(facts: Mapping[str, Fact]) -> dict[str, Value | None]:
    return {name: fact.value for name, fact in facts.items()}


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
