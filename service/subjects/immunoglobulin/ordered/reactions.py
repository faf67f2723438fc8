"""How severe an earlier reaction to immunoglobulin was: as somebody states it, or by what happened."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from service.fhir.intake.records import Treatment
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.reaction_severities import Severity, worst
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import objects_in

IMMUNOGLOBULINS = ("ivig", "scig")
Word = Literal["severe", "not_stated", "mild"]
_WORST_FIRST: tuple[Word, ...] = ("severe", "not_stated", "mild")
_STATED_SEVERITY: Mapping[str, Word | None] = {"severe": "severe", "moderate": "mild", "mild": "mild"}
# Whoever could not assess it has said nothing of it.
_CRITICALITY: Mapping[str, Word | None] = {"high": "severe", "low": "mild", "unable-to-assess": None}


def severity_of(allergies: Iterable[Treatment], mappings: Mappings) -> Word | None:
    """The worst of several; ``None`` without any."""
    return _worst([_severity(each.resource, mappings) for each in allergies])


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
    described = words.of_texts(_descriptions(allergy, reactions), lambda text: agents.without(text, IMMUNOGLOBULINS))
    told = (found, named, described)
    if bad := worst(each for each in told if each in ("severe", "serious")):
        return bad
    return next((each for each in told if each), "")


def _descriptions(allergy: Mapping[str, object], reactions: Sequence[Mapping[str, object]]) -> list[str]:
    notes = [note.get("text") for holder in (allergy, *reactions) for note in objects_in(holder.get("note"))]
    told = [*notes, *(reaction.get("description") for reaction in reactions)]
    return [text.casefold() for text in told if isinstance(text, str)]


def _known(value: object, words: Mapping[str, Word | None]) -> Word | None:
    """The word for a code; nothing without one, and ``not_stated`` for one that is not understood."""
    if value is None:
        return None
    return words.get(value, "not_stated") if isinstance(value, str) else "not_stated"


def _worst(said: Sequence[Word]) -> Word | None:
    return next((word for word in _WORST_FIRST if word in said), None)
