"""The facts of each order of immunoglobulin: product, route, and what the dose of a course comes to."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from service.domain.budget import between_steps
from service.domain.facts import Fact, OrderFacts, Value
from service.domain.statements import in_order
from service.fhir.intake.records import Treatment
from service.fhir.mappings.texts import texts_of
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.drug import called, is_single_dose
from service.fhir.orders.given_at import given_at
from service.subjects.immunoglobulin.ordered.chart import is_immunoglobulin, treatments_seen
from service.subjects.immunoglobulin.ordered.dose_facts import DoseReader
from service.subjects.immunoglobulin.ordered.order_groups import is_in_force, is_new, orders_in_force, together
from service.subjects.immunoglobulin.ordered.reactions import IMMUNOGLOBULINS
from service.subjects.immunoglobulin.ordered.renewal import renewal_facts

_IN_WORDS = frozenset(("subcutaneous", "intramuscular", "intravenous"))
_GIVEN = "MedicationAdministration"
_BESIDE_THE_VEIN = ("intramuscular", "oral", "local", "subcutaneous")


@dataclass(frozen=True, slots=True)
class OrderReader:
    """Makes the facts of every order of immunoglobulin of one record; ``dose``: what they come to, by that record."""

    dose: DoseReader

    def orders(self) -> tuple[OrderFacts, ...]:
        """The orders that rules judge, each with its facts; orders that make one course are judged as one."""
        # A draft that is not selected is not judged, but it may be a part of the same course.
        written = [each for each in self.dose.record.treatments if each.is_order or each.is_draft]
        new = [each for each in written if is_new(each)]
        running = orders_in_force(self.dose.record.treatments, new or written, self.dose.as_of)
        renewed = {self._interval_dose(each) for each in new} - {None}
        counted = {each.reference for each in running if self._interval_dose(each) not in renewed}
        # Beside a new order one in force is a part of the chart, whichever door it came by.
        passed = {each.reference for each in written if new and is_in_force(each)} - counted
        written = [each for each in written if each.reference not in passed]
        known = {each.reference for each in written}
        written += [each for each in running if each.reference in counted - known]
        own = [each for each in written if each.agent.name in IMMUNOGLOBULINS]
        groups = together(own, self.dose.as_of, self.dose.limits)
        # What is written at once is given at once, as what is in force is.
        in_force = running if new else orders_in_force(self.dose.record.treatments, (), self.dose.as_of)
        beside = [*in_force, *(each for each in new if each.is_order and each.agent.name in IMMUNOGLOBULINS)]
        return tuple(order for group in groups for order in self._of_one_course(group, beside))

    def _facts(self, order: Treatment) -> dict[str, Fact]:
        between_steps()
        facts = self.dose.tables.drugs.facts(order) | {"premedication": self.premedication(order)}
        facts |= self.dose.tables.reasons.facts(order.resource, self.dose.record.conditions, (order.reference,))
        return facts | self._product(order, (order.reference,))

    def _interval_dose(self, order: Treatment) -> Hashable:
        """Product, dose and interval, alike of an order and of one that renews it; ``None`` where one is not read."""
        doses = self.dose.repeated(order) if order.agent.name in IMMUNOGLOBULINS else []
        return (order.kind, order.agent.name, self.dose.tables.products.of(order.code), *doses) if doses else None

    def _of_one_course(self, orders: Sequence[Treatment], running: Sequence[Treatment]) -> list[OrderFacts]:
        """The dose is judged once for all; so is the rest, for those that do not differ in it.

        ``running``: the orders of immunoglobulin that are in force, and those that are written.
        """
        facts = [(order, self._facts(order)) for order in orders]
        # What is meant for another disease is no part of a course for MMN.
        elsewhere = [own["indication"].value == "other" for _, own in facts]
        if len(set(elsewhere)) > 1:
            sides = [
                [order for order, side in zip(orders, elsewhere, strict=True) if side is wanted]
                for wanted in (False, True)
            ]
            return [each for side in sides for each in self._of_one_course(side, running)]
        judged = [(order, own) for order, own in facts if order.is_order]
        if not judged:
            return []
        first = judged[0][1]
        others = [(order, own) for order, own in judged if _values(own) != _values(first)]
        apart = {order.reference: None for order, _ in others}
        names = [order.reference for order in orders if order.reference not in apart]
        dose = self.dose.read(orders) | {
            "other_kind_in_force": _of_other_kind(orders, running, self.dose.record.treatments)
        }
        dose |= renewal_facts(
            orders,
            self.dose.record.treatments,
            lambda order: self.dose.tables.products.of(order.code),
            self.dose.grams_a_week,
            self.dose.limits.renewed,
        )
        # The weight is asked for where the dose is judged.
        silent = {"dosing_weight": Fact(None)}
        rest = [OrderFacts(order.reference, own | silent, called=called(order)) for order, own in others]
        all_called = "; ".join(dict.fromkeys(filter(None, map(called, orders))))
        whole = OrderFacts(
            ", ".join([*names, *apart]), first | dose, partial(self.dose.proposed, orders), called=all_called
        )
        return [whole, *rest]

    def premedication(self, order: Treatment) -> Fact:
        """A single dose within a day of immunoglobulin; a course, or a dose far from any infusion, is none."""
        evidence = (order.reference,)
        if not is_single_dose(order.resource):
            return Fact("absent", evidence, "not a single dose")
        if not self.dose.on_record:
            return (
                Fact("absent", evidence, "no immunoglobulin on record")
                if treatments_seen(self.dose.record)
                else Fact(None)
            )
        is_near, reference = self.dose.on_record.near(given_at(order, self.dose.as_of))
        if is_near:
            return Fact("present", in_order((*evidence, reference)), "a single dose within a day of immunoglobulin")
        references = in_order((*evidence, *self.dose.on_record.references))
        # A repeating order in force may be due at any time.
        return Fact(None if is_near is None else "absent", references, "a single dose; immunoglobulin is on record")

    def _product(self, order: Treatment, evidence: tuple[str, ...]) -> dict[str, Fact]:
        product = self.dose.tables.products.of(order.code)
        facts: dict[str, Fact] = {}
        stabiliser = self.dose.tables.products.stabiliser.get(product)
        if stabiliser:
            facts["product_stabiliser"] = Fact(stabiliser, evidence, f"{product}, as its label was recalled")
        if self.dose.tables.products.enzyme_in(order.code):
            facts["product_enzyme"] = Fact("hyaluronidase", evidence)
        facts["label_in_mmn"] = Fact(
            "intravenous_only" if product in self.dose.tables.products.labels else "none", evidence
        )
        route = self._way(order)
        is_sc = route == "subcutaneous" or (route == "not_stated" and order.agent.name == "scig")
        facts["subcutaneous"] = Fact("stated" if is_sc else "not_stated", evidence)
        facts["immunoglobulin_route"] = Fact(route, evidence)
        return facts | {"route_in_text": self._route_in_text(order, evidence)}

    def _route_in_text(self, order: Treatment, evidence: tuple[str, ...]) -> Fact:
        """Whether the words of an order name another route than its route element, its drug or its form."""
        routes, read = self.dose.tables.drugs.routes, instructions_of(order.resource)
        said = _IN_WORDS.intersection(routes.instructed(self.dose.tables.words.said_by(order.resource).clauses))
        by_route = set().union(*(routes.stated(each.get("route")) for each in read if each.get("route")))
        named = texts_of(order.code) + texts_of(order.medication.get("form"))
        stated = _IN_WORDS.intersection(by_route or routes.named_in((), routes.agents.apart(named)))
        if not said or not stated or not said.isdisjoint(stated):
            return Fact("agrees", evidence)
        return Fact("another", evidence, f"text {' and '.join(sorted(said))}, order {' and '.join(sorted(stated))}")

    def _way(self, order: Treatment) -> str:
        """The route of immunoglobulin; what is stated as one counts more than words of a text."""
        elements = [instruction.get("route") for instruction in instructions_of(order.resource)]
        stated = [self.dose.tables.drugs.routes.stated(element) for element in elements if element]
        named = set().union(*stated)
        for way in _BESIDE_THE_VEIN:
            if way in named:
                return way
        if any(named) or any(not each for each in stated):
            return "intravenous" if named == {"intravenous"} and all(stated) else "not_readable"
        found = self.dose.tables.drugs.route_of(order)
        return found if found in ("subcutaneous", "intramuscular", "intravenous") else "not_stated"


def _of_other_kind(orders: Sequence[Treatment], running: Sequence[Treatment], treatments: Iterable[Treatment]) -> Fact:
    """Whether immunoglobulin of the other kind, by vein or under the skin, is in force beside these orders.

    ``given_since``: and was given after the first of them began, so that the order took the place of nothing.
    """
    others = tuple(each.reference for each in running if each.agent.name != orders[0].agent.name)
    if not others:
        return Fact("none")
    began = min(order.moment.latest for order in orders)
    since = [
        each.reference
        for each in treatments
        if each.kind == _GIVEN
        and is_immunoglobulin(each)
        and each.agent.name != orders[0].agent.name
        and each.moment.is_surely_after(began)
    ]
    return Fact("given_since" if since else "in_force", (*others, *since), ", ".join(others))


def _values(facts: Mapping[str, Fact]) -> dict[str, Value | None]:
    return {name: fact.value for name, fact in facts.items()}
