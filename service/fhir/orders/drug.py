"""What any order says of its drug: which one, by which way, and whether for local use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.facts import Fact
from service.fhir.intake.records import Treatment
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.routes import Routes, drug_routes
from service.fhir.mappings.texts import LONGEST_SEARCHED, texts_of, whole
from service.fhir.mappings.word_tables import section, texts_in
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.doses import repeat_of
from service.fhir.values.answers import codings_of, text_of

_ASKED = "drugs_to_ask_about"


@dataclass(frozen=True, slots=True)
class OrderedDrugs:
    """Reads the drugs of orders. ``asked_about``: what of a text says that a drug is one to ask about."""

    routes: Routes
    asked_about: re.Pattern[str]

    def facts(self, order: Treatment) -> dict[str, Fact]:
        """``agent``, ``drug_recognised`` of a drug, ``route`` and ``systemic``."""
        evidence = (order.reference,)
        facts = {"agent": Fact(order.agent.name, evidence, order.agent.why)}
        if order.kind == "MedicationRequest" and _names_a_drug(order):
            facts["drug_recognised"] = Fact(self._recognised(order), evidence)
        is_local = order.agent.is_local or self.route_of(order) == "local"
        why = "its code, route or form says local use" if is_local else "nothing in it says local use"
        facts["systemic"] = Fact("local" if is_local else "systemic", evidence, why)
        return facts

    def route_of(self, order: Treatment) -> str | None:
        """The first route that the order names: by a code, or in the words of its drug, form or instructions."""
        texts = texts_of(order.code) + texts_of(order.medication.get("form"))
        codes: list[str] = []
        for instruction in instructions_of(order.resource):
            texts += [*texts_of(instruction.get("route")), *texts_of(instruction.get("site"))]
            texts += [text_of(instruction), *texts_of(instruction.get("method"))]
            codes += self.routes.agents.codes_of(instruction.get("route"))
        return next(iter(self.routes.named_in(codes, texts)), None)

    def _recognised(self, order: Treatment) -> str:
        if order.agent.name is not None:
            return "recognised"
        texts = texts_of(order.code)
        is_whole = all(len(text) < LONGEST_SEARCHED for text in texts)
        is_asked = any(self.asked_about.search(text) for text in texts)
        return (
            "not_asked_about" if texts and is_whole and not is_asked and not order.agent.is_torn else "not_recognised"
        )


def ordered_drugs(mappings: Mappings) -> OrderedDrugs:
    """Read and check the sections on routes and drugs to ask about; KnowledgeError names section, key and choices."""
    asked = section(mappings, _ASKED)
    endings, words = (texts_in(asked, key, _ASKED) for key in ("endings", "words"))
    ends = "|".join(map(re.escape, endings))
    about = re.compile(rf"(?:{ends})(?![a-z0-9])|{whole(*words).pattern}")
    return OrderedDrugs(drug_routes(mappings), about)


def is_single_dose(order: Mapping[str, object]) -> bool:
    """Whether an order is for one administration: by its count, its only date, or a word such as "once"."""
    instructions = instructions_of(order)
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


def states_no_timing(order: Mapping[str, object]) -> bool:
    """Whether nothing in an order says how often or how long."""
    return all(each.get("timing") is None for each in instructions_of(order))


def _names_a_drug(order: Treatment) -> bool:
    coded = any(isinstance(coding.get("code"), str) for coding in codings_of(order.code))
    return bool(texts_of(order.code)) or coded or bool(order.resource.get("medicationReference"))
