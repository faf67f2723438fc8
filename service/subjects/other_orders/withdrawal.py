"""Which draft a card may delete: one of the call, of a drug that nothing in the chart shows to have been taken."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.domain.facts import MEANS_NOTHING
from service.fhir.intake.records import PatientRecord, Treatment
from service.fhir.mappings.agents import AgentTable, AgentYaml
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import checked_codes
from service.knowledge.near import one_of

_SECTION = "withdrawals"
_REFERENCE = re.compile(r"(?:MedicationRequest|ServiceRequest|Procedure)/[A-Za-z0-9.-]{1,64}")
# Keys of prefetch in which an earlier order or use of the drug would stand.
_HISTORY = frozenset(("medications", "statements"))
# What was left out for these reasons tells nothing of this drug and this patient; any other row might.
_NOT_IT = (*MEANS_NOTHING, "other-patient", "not-asked")
_KINDS = ("MedicationRequest/", "MedicationStatement/", "MedicationAdministration/", "MedicationDispense/")


@dataclass(frozen=True, slots=True)
class _Named:
    """Names that an order has to have, and may not have; ``is_any``: it may be called anything."""

    names: re.Pattern[str]
    never: re.Pattern[str]
    is_any: bool


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """Reads whether an order may be deleted; ``code_names``: ``system|code`` of a drug to what it is called."""

    agents: AgentTable
    code_names: Mapping[str, str]
    named: Mapping[str, _Named]

    def may_be_deleted(self, order: Treatment, record: PatientRecord) -> bool:
        """Whether it is a new draft of this call, and whole lists of drugs show no earlier one of its agent."""
        return (
            order.is_draft
            and order.resource.get("status", "draft") == "draft"
            and not order.resource.get("priorPrescription")
            and _REFERENCE.fullmatch(order.reference) is not None
            and self._is_named(order)
            and not _was_taken(order, record)
        )

    def _is_named(self, order: Treatment) -> bool:
        listed = self.named.get(order.agent.name or "")
        if listed is None:
            return False
        texts = [text.casefold() for text in texts_of(order.code)]
        texts += [self.code_names.get(key, "").casefold() for key in self.agents.codes_of(order.code)]
        is_named = listed.is_any or any(listed.names.search(text) for text in texts)
        return is_named and not any(listed.never.search(text) for text in texts)


def _was_taken(order: Treatment, record: PatientRecord) -> bool:
    """Whether anything shows an earlier order or use, or could have shown one and was not looked at or not read."""
    if _HISTORY & record.unseen:
        return True
    earlier = [each for each in record.treatments if not each.is_draft and not each.is_allergy]
    unread = [row for row in record.excluded if row.resource.startswith(_KINDS) and row.reason not in _NOT_IT]
    return bool(unread) or any(each.agent.name == order.agent.name for each in earlier)


def withdrawals(mappings: Mappings) -> Withdrawals:
    """Read and check the section ``withdrawals``; KnowledgeError names section and key."""
    agents = written(mappings.tables, "agents", dict[str, AgentYaml])
    named: dict[str, _Named] = {}
    code_names: dict[str, str] = {}
    entries = written(mappings.tables, _SECTION, dict[str, dict[Literal["names", "never"], Texts]])
    for name, entry in entries.items():
        one_of(name, agents, f"{_SECTION}: agent")
        names, never = (entry.get(key, ()) for key in ("names", "never"))
        named[name] = _Named(whole(*names), whole(*never), is_any=not names)
        code_names |= checked_codes(agents[name].codes)
    return Withdrawals(mappings.agents, code_names, named)
