"""One statement about one fact at the bedside, and those that are half a statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from service.domain.immutable import immutable
from service.domain.statements import Statement
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import texts_in
from service.fhir.values.answers import Problem
from service.subjects.bedside.presence import only_if_active, only_if_settled
from service.subjects.bedside.sides import NO_SIDE

Proof = Callable[[Mapping[str, object]], str | Problem]
_PROOFS: Mapping[str, Proof] = {"active_only": only_if_active, "settled_only": only_if_settled}
_HALF = Problem("invalid", "flexor on one side; nothing is told of the other side")


@immutable
class Finding:
    """One statement about one fact. ``diagnosis`` names it when any diagnosis of a list makes the fact.

    ``is_unread``: nobody could read its words, which may tell of something abnormal. ``side``: of the body, or none.
    ``called``: of a risk, its name and when it was; of a diagnosis that is asked about, that it is.
    """

    fact: str
    concept: Concept
    statement: Statement[str]
    problem: Problem | None
    diagnosis: str
    is_unread: bool = False
    side: str = NO_SIDE
    called: str = ""

    @property
    def is_mere_question(self) -> bool:
        """Whether it is a diagnosis that explains only while it is settled, and is not: as good as not on record."""
        return self.problem is not None and proof_for(self.concept, self.fact) is not None


def proof_for(concept: Concept, fact: str) -> Proof | None:
    """How a Condition has to be settled before it counts for a fact; ``None`` where any that is present does."""
    for option, proof in _PROOFS.items():
        if fact in texts_in(concept.options, option):
            return proof
    return None


def is_doubt(concept: Concept) -> bool:
    """Whether it leaves a fact open, alone or with another."""
    return concept.options.get("leaves_open") is True or _is_half(concept)


def _is_half(concept: Concept) -> bool:
    return concept.options.get("half_of_doubt") is True


def without_lone_halves(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings, and those of them that leave a fact open only beside another and stand alone."""
    names: dict[str, set[str]] = {}
    for each in findings:
        if each.is_unread and _is_half(each.concept):
            names.setdefault(each.fact, set()).add(each.concept.name)
    alone = [each for each in findings if each.is_unread and _is_half(each.concept) and len(names[each.fact]) == 1]
    left_out = {id(each) for each in alone}
    return [each for each in findings if id(each) not in left_out], alone


def half_answers_named(findings: Sequence[Finding]) -> list[Finding]:
    """The findings; a response of one side that shows no sign is half an answer where nobody told of the other."""
    told: dict[str, set[str]] = {}
    for each in findings:
        if each.statement.value is not None or _shows_no_sign(each):
            told.setdefault(each.concept.name, set()).add(each.side)
    return [
        replace(each, problem=_HALF) if _shows_no_sign(each) and told[each.concept.name] == {each.side} else each
        for each in findings
    ]


def _shows_no_sign(finding: Finding) -> bool:
    is_of_a_side = finding.side != NO_SIDE and is_plantar_response(finding.concept)
    return is_of_a_side and finding.problem is not None and finding.problem.reason == "not-evidence"


def is_plantar_response(concept: Concept) -> bool:
    """Whether its answers are those of a plantar response."""
    return concept.options.get("answers") == "plantar_responses"
