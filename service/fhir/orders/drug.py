"""What any order says of its drug: which one, by which way, and whether for local use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.domain.facts import Fact
from service.fhir.intake.records import Treatment
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.routes import LOCAL, TRANSDERMAL, VAGINAL, Routes, dosages_of, words_of
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import LONGEST_SEARCHED, texts_of, whole
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.doses import repeat_of
from service.fhir.values.answers import codings_of, text_of

# Two letters and more: numbers, units of one letter and marks name nothing.
_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN = re.compile(r"[a-z]")
_ASKED = "drugs_to_ask_about"
_LOCAL = frozenset((LOCAL, VAGINAL, TRANSDERMAL))


@dataclass(frozen=True, slots=True)
class OrderedDrugs:
    """Reads the drugs of orders. ``asked_about``: what of a text says that a drug is one to ask about.

    ``placeholders``: words that stand where a drug should, and name none.
    """

    routes: Routes
    asked_about: re.Pattern[str]
    placeholders: frozenset[str]

    def facts(self, order: Treatment) -> dict[str, Fact]:
        """``agent``, ``drug_recognised`` of a drug, ``route`` and ``systemic``."""
        evidence = (order.reference,)
        facts = {"agent": Fact(order.agent.name, evidence, order.agent.why)}
        is_local = self.is_local(order)
        if order.kind == "MedicationRequest" and _names_a_drug(order):
            facts["drug_recognised"] = Fact(self._recognised(order, is_local=is_local), evidence)
        why = "its code, route or form says local use" if is_local else "nothing in it says local use"
        facts["systemic"] = Fact("local" if is_local else "systemic", evidence, why)
        return facts

    def is_local(self, treatment: Treatment, ways: frozenset[str] = _LOCAL) -> bool:
        """Whether it is for local use: by its code, or by its routes. ``ways``: those that are local for its drug."""
        if treatment.agent.is_local and LOCAL in ways:
            return True
        named = self.routes_of(treatment)
        return bool(named) and set(named) <= _LOCAL and not ways.isdisjoint(named)

    def route_of(self, order: Treatment) -> str | None:
        """The route that counts most of those that the order names; local use only where there is no other."""
        named = self.routes_of(order)
        return next((way for way in named if way not in _LOCAL), named[0] if named else None)

    def routes_of(self, order: Treatment) -> list[str]:
        """The routes that an order or a treatment names: as route or site, else by drug and form, else in words."""
        given = dosages_of(order.resource)
        elements = [each for dosage in given for each in (dosage.get("route"), dosage.get("site"))]
        codes = [code for each in elements for code in self.routes.agents.codes_of(each)]
        named = texts_of(order.code) + texts_of(order.medication.get("form"))
        return (
            self.routes.named_in(codes, [text for each in elements for text in texts_of(each)])
            or self.routes.named_in((), self.routes.agents.apart(named))
            or self.routes.instructed([text for dosage in given for text in words_of(dosage)])
        )

    def _recognised(self, order: Treatment, *, is_local: bool) -> str:
        if order.agent.name is not None:
            return "recognised"
        if is_local and not order.agent.is_torn:
            return "not_asked_about"
        texts = [text for text in texts_of(order.code) if self._may_name_a_drug(text)]
        is_whole = all(len(text) < LONGEST_SEARCHED for text in texts)
        # What is written in another script was not read at all.
        is_asked = any(self.asked_about.search(text) or not _LATIN.search(text) for text in texts)
        return (
            "not_asked_about" if texts and is_whole and not is_asked and not order.agent.is_torn else "not_recognised"
        )

    def _may_name_a_drug(self, text: str) -> bool:
        """Whether a text has a word that could be a drug's: "see protocol" has none."""
        return any(word not in self.placeholders for word in _WORD.findall(text))


def ordered_drugs(mappings: Mappings) -> OrderedDrugs:
    """Read and check the sections on routes and drugs to ask about; KnowledgeError names section, key and choices."""
    asked = written(mappings.tables, _ASKED, dict[Literal["placeholders", "endings", "words"], Texts])
    ends = "|".join(map(re.escape, asked.get("endings", ())))
    about = re.compile(rf"(?:{ends})(?![a-z0-9])|{whole(*asked.get('words', ())).pattern}")
    return OrderedDrugs(mappings.routes, about, frozenset(map(str.casefold, asked.get("placeholders", ()))))


def called(order: Treatment) -> str:
    """What an order is of, in its own words: the text, or the first display that a coding has."""
    text = order.code.get("text") if isinstance(order.code, Mapping) else None
    said = [text, *(coding.get("display") for coding in codings_of(order.code))]
    return next((each for each in said if isinstance(each, str) and each.strip()), "")


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
