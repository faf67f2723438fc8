"""Earlier reactions that bear on immunoglobulin, and how severe they were: as stated, or by what happened."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from service.domain.facts import Fact
from service.domain.statements import in_order
from service.fhir.intake.allergies import remarks_of
from service.fhir.intake.records import Treatment
from service.fhir.intake.unusable import Unusable, told_as
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.reaction_severities import Severity, worst
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import codings_of, objects_in

IMMUNOGLOBULINS = ("ivig", "scig")
_PERHAPS, _ENZYME = "perhaps_immunoglobulin", "hyaluronidase"
_NO_LONGER = ("inactive", "resolved")
_OVER = "an allergy to immunoglobulin that is called inactive or resolved"
_ENDED = "immunoglobulin that was stopped for a severe reaction"
_MAY_BE = "a reaction of which immunoglobulin may have been the cause"
Word = Literal["severe", "not_stated", "mild"]
_WORST_FIRST: tuple[Word, ...] = ("severe", "not_stated", "mild")
_STATED_SEVERITY: Mapping[str, Word | None] = {"severe": "severe", "moderate": "mild", "mild": "mild"}
# Whoever could not assess it has said nothing of it.
_CRITICALITY: Mapping[str, Word | None] = {"high": "severe", "low": "mild", "unable-to-assess": None}


def reaction_facts(treatments: Iterable[Treatment], mappings: Mappings) -> dict[str, Fact]:
    """Reactions to immunoglobulin, those of which that is a question, and those to hyaluronidase; each where told."""
    treatments = list(treatments)
    told = [each for each in treatments if each.is_allergy]
    ended = [each for each in treatments if not each.is_allergy and _was_ended_by_a_reaction(each, mappings)]
    named = [each for each in told if each.agent.name in IMMUNOGLOBULINS]
    own = [each for each in named if not each.is_allergy_in_words]
    perhaps = [each for each in told if each.agent.name == _PERHAPS or _is_in_words(each)]
    facts = {
        "immunoglobulin_reaction": _fact([each for each in own if not _is_over(each)], mappings),
        "reaction_in_question": _in_question(own, perhaps, ended, mappings),
        "hyaluronidase_reaction": _fact([each for each in told if each.agent.name == _ENZYME], mappings),
    }
    return {name: fact for name, fact in facts.items() if fact.value is not None}


def _is_in_words(told: Treatment) -> bool:
    """Whether words name immunoglobulin where no allergy is stated and nothing is diagnosed."""
    return told.is_allergy_in_words and told.agent.name in IMMUNOGLOBULINS


def _fact(allergies: Sequence[Treatment], mappings: Mappings) -> Fact:
    word = _worst([_severity(each.resource, mappings) for each in allergies])
    return Fact(word, in_order(each.reference for each in allergies)) if word else Fact(None)


def _was_ended_by_a_reaction(treatment: Treatment, mappings: Mappings) -> bool:
    """Whether immunoglobulin was stopped, by its own account for something that may threaten life."""
    if treatment.agent.name not in IMMUNOGLOBULINS:
        return False
    stated = treatment.resource.get("statusReason")
    reasons = objects_in(stated if isinstance(stated, list) else [stated])
    return any(mappings.reaction_severities.of_finding(each) in ("severe", "serious") for each in reasons)


def _in_question(
    own: Iterable[Treatment], perhaps: Sequence[Treatment], ended: Sequence[Treatment], mappings: Mappings
) -> Fact:
    over = [each for each in own if _is_over(each)]
    word = "severe" if ended else _fact([*over, *perhaps], mappings).value
    told = [Unusable((each.reference,), _OVER, each.moment) for each in over]
    told += [Unusable((each.reference,), _may_be(each, mappings), each.moment) for each in perhaps]
    told += [Unusable((each.reference,), _ENDED, each.moment) for each in ended]
    return told_as(word, told) if isinstance(word, str) else Fact(None)


def _may_be(allergy: Treatment, mappings: Mappings) -> str:
    """What a reaction was to, by the word of the mapping files and never by that of the chart."""
    named = mappings.allergens.word_in(list(texts_of(allergy.resource.get("code"))))
    return f"{named}: {_MAY_BE}" if named else _MAY_BE


def _is_over(allergy: Treatment) -> bool:
    """Whether an allergy is no longer one; a diagnosis that is over tells of a reaction that was."""
    now = {coding.get("code") for coding in codings_of(allergy.resource.get("clinicalStatus"))}
    return allergy.kind == "AllergyIntolerance" and not now.isdisjoint(_NO_LONGER)


def _severity(allergy: Mapping[str, object], mappings: Mappings) -> Word:
    """What threatened life is severe whatever is stated; a stated severity comes before what happened."""
    stated = _worst(_stated(allergy))
    happened = _happened(allergy, mappings)
    if "severe" in (stated, happened):
        return "severe"
    if stated:
        return stated
    return "severe" if happened == "serious" else "mild" if happened == "mild" else "not_stated"


def _stated(allergy: Mapping[str, object]) -> list[Word]:
    said = [_known(allergy.get("criticality"), _CRITICALITY)]
    said += [_known(reaction.get("severity"), _STATED_SEVERITY) for reaction in objects_in(allergy.get("reaction"))]
    return [word for word in said if word]


def _happened(allergy: Mapping[str, object], mappings: Mappings) -> Severity:
    """The worst of all that is told. What is only described tells of a mild reaction where no finding is named."""
    words, agents = mappings.reaction_severities, mappings.agents
    reactions = objects_in(allergy.get("reaction"))
    findings = [each for reaction in reactions for each in objects_in(reaction.get("manifestation"))]
    found = worst(words.of_finding(each) for each in findings)
    named = words.of_texts(texts_of(allergy.get("code")), lambda text: agents.without(text, IMMUNOGLOBULINS))
    described = words.of_texts(remarks_of(allergy), lambda text: agents.without(text, IMMUNOGLOBULINS))
    meant = {concept.name for concept in mappings.concepts_of(allergy.get("code"), "Condition")}
    coded: Severity = "severe" if meant & words.concepts else ""
    told = (coded, found, named, described)
    if bad := worst(each for each in told if each in ("severe", "serious")):
        return bad
    return next((each for each in told if each), "")


def _known(value: object, words: Mapping[str, Word | None]) -> Word | None:
    """The word for a code; nothing without one, and ``not_stated`` for one that is not understood."""
    if value is None:
        return None
    return words.get(value, "not_stated") if isinstance(value, str) else "not_stated"


def _worst(said: Sequence[Word]) -> Word | None:
    return next((word for word in _WORST_FIRST if word in said), None)
