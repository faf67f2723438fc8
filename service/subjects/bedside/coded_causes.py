"""What a diagnosis of the chart may explain: upper motor neuron signs by a central lesion, weakness by an entrapment.

A diagnosis explains only where it is confirmed and active, and where side and time fit; project design, not reviewed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.facts import Fact, Range
from service.domain.moments import Moment, moment_of
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.records import PatientRecord, Refused, SourceResource
from service.fhir.intake.unusable import Unusable, told_as
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.values.answers import codings_of, keys_of, objects_in, text_of
from service.subjects.anatomy.muscles import SIDES, spoken_words
from service.subjects.bedside.plantar import Words
from service.subjects.bedside.presence import certainty, is_over, only_if_settled, presence

_SIGNS, _LESIONS = "upper_motor_neuron_signs", "central_lesion_condition"
_NEUROPATHY = "other_neuropathy_condition"
_BOTH = "both"
# G81.9 and G56.0 tell no side; G81.91 and G56.01 do.
_HEADING = len("G56.0")
# What no lesion of brain or cord explains, by fact and value; a disease that goes on explains that it progresses.
_NEVER = {
    "muscle_atrophy": ("present",),
    "cramps_or_fasciculations": ("present",),
    "marked_bulbar_involvement": ("present",),
    "progression": ("rapid",),
}
_NEVER_BY_ONE_EVENT = ("slowly_progressive", "stepwise")


@dataclass(frozen=True, slots=True)
class CauseTables:
    """What tells sides, words and how long after a lesion signs may first be noted.

    ``sides``: ``system|code`` or word to side. ``endings``: ``system|last digit`` of a code to side or ``both``;
    ``paresis_endings``: the same of a paresis. ``explains_for``: how long after a
    lesion signs may first be noted. ``answers`` and ``plantar``: words of findings.
    """

    sides: Mapping[str, str]
    endings: Mapping[str, str]
    paresis_endings: Mapping[str, str]
    explains_for: timedelta
    answers: Mapping[str, str]
    plantar: Words


@dataclass(frozen=True, slots=True)
class Lesion:
    """A central lesion: its name, when it began, the side of the body it weakens, whether it goes on."""

    name: str
    began: Moment | None
    side: str | None
    goes_on: bool
    evidence: str

    @property
    def called(self) -> str:
        """Its name with its year, where there is one."""
        return f"{self.name} of {self.began.latest.year}" if self.began else self.name


@dataclass(frozen=True, slots=True)
class CauseLimits:
    """How long after a lesion signs may first be noted; for how long an acute neuropathy explains what is found.

    ``lead``: how long before its stated onset what it explains may have been on record.
    """

    lesion: timedelta
    acute: timedelta
    lead: timedelta


@dataclass(frozen=True, slots=True)
class Phase:
    """Where in its course a disease is that explains only its first weeks, and since when it explains what is found."""

    word: str
    evidence: str
    explains_from: datetime | None = None


# Of several entries of one disease: one that is acute, else one that is dated.
_PHASES = ("acute", "later", "date_not_known")


def phases(
    sources: Sequence[SourceResource], weak_since: Moment | None, as_of: datetime, limits: CauseLimits
) -> dict[str, Phase]:
    """Of each disease that explains only its first weeks, by its fact: ``acute``, ``later`` or ``date_not_known``.

    It begins at its own onset, or with the weakness where nobody dated it.
    """
    told: dict[str, list[Phase]] = {}
    for source in sources:
        name = text_in(source.concept.options, "phase_fact") if source.concept else ""
        if name and _is_confirmed(source):
            phase = _phase(_began(source.resource) or weak_since, as_of, limits, source.reference)
            told.setdefault(name, []).append(phase)
    return {name: min(found, key=_telling) for name, found in told.items()}


def _telling(phase: Phase) -> tuple[int, str, str]:
    return _PHASES.index(phase.word), str(phase.explains_from), phase.evidence


def _phase(began: Moment | None, as_of: datetime, limits: CauseLimits, evidence: str) -> Phase:
    if began is None:
        return Phase("date_not_known", evidence)
    if as_of - began.earliest <= limits.acute:
        # Of a month or a year nobody knows which day it was: the last one explains the least.
        onset = began.earliest if began.day else min(began.latest, as_of)
        return Phase("acute", evidence, onset - limits.lead)
    return Phase("later" if as_of - began.latest > limits.acute else "date_not_known", evidence)


def certainty_facts(sources: Sequence[SourceResource]) -> dict[str, Fact]:
    """Of each diagnosis whose certainty rules ask for: ``confirmed`` or ``in_question``, else nothing."""
    told: dict[str, list[Statement[str]]] = {}
    for source in sources:
        name = text_in(source.concept.options, "certainty_fact") if source.concept else ""
        if name and source.resource.get("resourceType") == "Condition":
            told.setdefault(name, []).append(Statement(certainty(source.resource), source.moment, source.reference))
    facts = {}
    for name, statements in told.items():
        settled = settle(statements)
        word = settled.value or ("in_question" if settled.counted else "refuted")
        if word != "refuted":
            facts[name] = Fact(word, settled.evidence)
    return facts


def unusable_certainty(record: PatientRecord, concepts: Mapping[str, Concept]) -> dict[str, Fact]:
    """Of each diagnosis whose certainty rules ask for: ``not_usable`` where one is there and was turned away."""
    told: dict[str, list[Unusable]] = {}
    for each in (each for each in record.refused if each.is_result and not _is_past(each)):
        named = [text_in(concepts[name].options, "certainty_fact") for name in each.names if name in concepts]
        for name in dict.fromkeys(filter(None, named)):
            why = each.row.detail or each.row.reason
            told.setdefault(name, []).append(Unusable((each.row.resource,), why, each.moment))
    return {name: told_as("not_usable", unusable) for name, unusable in told.items()}


def _is_past(refused: Refused) -> bool:
    # What is over, or of a relative, was read and understood.
    return refused.row.reason == "status"


def signs_by_lesion(
    facts: Mapping[str, Fact], sources: Sequence[SourceResource], tables: CauseTables
) -> dict[str, Fact]:
    """The upper motor neuron signs held against the central lesions of the chart, where there are both.

    Signs that a lesion may explain are unknown as a sign of another disease; else they stay, and name the lesion.
    """
    signs = facts.get(_SIGNS, Fact(None))
    lesions = [_lesion(source, tables) for source in sources if _is_confirmed(source) and _points_to(source, _LESIONS)]
    lesions += [
        _lesion(source, tables)
        for source in sources
        if _is_confirmed(source) and _points_to(source, "myelopathy_condition")
    ]
    if signs.value != "present" or not lesions:
        return {}
    noted = [source for source in sources if _shows_signs(source, tables)]
    first, side = _first_noted(noted), _side_of_signs(noted, tables)
    fitting = [each for each in lesions if _fits(each, first, side, facts, tables)]
    evidence = in_order((*signs.evidence, *(each.evidence for each in fitting or lesions)))
    names = " and ".join(in_order(each.called for each in fitting or lesions))
    if fitting:
        why = f"{signs.why + '; ' if signs.why else ''}{names} may explain them"
        return {
            _SIGNS: Fact(None, evidence, why, (*signs.flags, "review")),
            "signs_of_coded_lesion": Fact("explained", evidence, names),
        }
    told = f"{signs.why or 'upper motor neuron signs'} not explained by {names}"
    return {
        _SIGNS: replace(signs, evidence=evidence, why=told),
        "signs_of_coded_lesion": Fact("not_explained", evidence, names),
    }


def weakness_beyond_entrapment(
    weak: Iterable[tuple[str, str]] | None,
    facts: Mapping[str, Fact],
    sources: Sequence[SourceResource],
    tables: CauseTables,
) -> Fact:
    """Whether there is weakness that no entrapment of the chart explains; each explains its own nerve and side only.

    ``weak``: nerves and sides of weak muscles, ``None`` where none was graded; else the stated count decides.
    """
    trapped = _trapped(sources, tables)
    count = facts.get("weak_nerve_territories", Fact(None))
    asymmetry = facts.get("asymmetric_limb_weakness", Fact(None))
    evidence = in_order((*count.evidence, *asymmetry.evidence))
    beyond = [place for place in weak or () if not _is_trapped(*place, trapped)]
    if beyond:
        return Fact("present", evidence, ", ".join(f"{side} {nerve}" for nerve, side in sorted(beyond)))
    explained = sum(len(SIDES) if side == _BOTH else 1 for _, side in set(trapped))
    lowest = count.value.low if isinstance(count.value, Range) else None
    if not weak and lowest is not None and lowest > explained:
        return Fact("present", evidence, "more territories are weak than coded entrapments explain")
    if not trapped and asymmetry.value == "present":
        return Fact("present", evidence)
    return Fact("absent" if trapped and (weak or lowest) else None, evidence)


def cause_by_neuropathy(facts: Mapping[str, Fact], sources: Iterable[SourceResource]) -> dict[str, Fact]:
    """A coded neuropathy that touches sensation explains weakness only where sensory loss was found beside it."""
    lost = facts.get("objective_sensory_loss", Fact(None))
    known = [each for each in sources if _points_to(each, _NEUROPATHY) and _is_confirmed(each)]
    if not known or lost.value != "present" or _NEUROPATHY not in facts:
        return {}
    evidence = in_order((*(each.reference for each in known), *lost.evidence))
    return {"coded_cause_of_weakness": Fact("present", evidence)}


def entrapped_nerves(sources: Sequence[SourceResource], tables: CauseTables) -> frozenset[tuple[str, str]]:
    """The nerves that a coded entrapment injures, with their sides; both where nobody named one."""
    found = [(nerve, (side,) if side in SIDES else SIDES) for nerve, side in _trapped(sources, tables)]
    return frozenset((nerve, side) for nerve, sides in found for side in sides)


def _trapped(sources: Iterable[SourceResource], tables: CauseTables) -> list[tuple[str, str | None]]:
    coded = [(text_in(source.concept.options, "entraps"), source) for source in sources if source.concept]
    return [(nerve, _side(source.resource, tables)) for nerve, source in coded if nerve and _is_confirmed(source)]


def _is_trapped(nerve: str, side: str, trapped: Collection[tuple[str, str | None]]) -> bool:
    return any(other == nerve and where in (side, _BOTH, None) for other, where in trapped)


def _fits(
    lesion: Lesion, first: Moment | None, side: str | None, facts: Mapping[str, Fact], tables: CauseTables
) -> bool:
    if any(facts.get(name, Fact(None)).value in words for name, words in _NEVER.items()):
        return False
    if lesion.side in SIDES and side in SIDES and lesion.side != side:
        return False
    if lesion.goes_on:
        return True
    if facts.get("progression", Fact(None)).value in _NEVER_BY_ONE_EVENT:
        return False
    return lesion.began is None or first is None or first.earliest <= lesion.began.latest + tables.explains_for


def _first_noted(sources: Sequence[SourceResource]) -> Moment | None:
    """When the first of the signs was there, of those that are dated."""
    moments = [_began(source.resource) or (source.moment if source.moment.day else None) for source in sources]
    return min((moment for moment in moments if moment), key=lambda moment: moment.earliest, default=None)


def _side_of_signs(sources: Sequence[SourceResource], tables: CauseTables) -> str | None:
    sides = {_side(source.resource, tables) for source in sources}
    return sides.pop() if len(sides) == 1 else None


def _shows_signs(source: SourceResource, tables: CauseTables) -> bool:
    options = source.concept.options if source.concept else {}
    words = tables.plantar if options.get("answers") == "plantar_responses" else None
    return _fact(source) == _SIGNS and presence(source.resource, tables.answers, plantar=words) == "present"


def _lesion(source: SourceResource, tables: CauseTables) -> Lesion:
    options = source.concept.options if source.concept else {}
    name = text_in(options, "diagnosis") or "central lesion"
    side = _side(source.resource, tables, tables.paresis_endings) if options.get("names_weak_side") is True else None
    return Lesion(name, _began(source.resource), side, options.get("goes_on") is True, source.reference)


def _fact(source: SourceResource) -> str:
    return text_in(source.concept.options, "fact") or source.concept.name if source.concept else ""


def _points_to(source: SourceResource, fact: str) -> bool:
    also = texts_in(source.concept.options, "also_points_to") if source.concept else ()
    return fact in (_fact(source), *also)


def _is_confirmed(source: SourceResource) -> bool:
    if source.resource.get("resourceType") != "Condition" or is_over(source.resource):
        return False
    return only_if_settled(source.resource) == "present"


def _began(resource: Mapping[str, object]) -> Moment | None:
    period = resource.get("onsetPeriod")
    start = period.get("start") if isinstance(period, Mapping) else None
    return moment_of(resource.get("onsetDateTime")) or moment_of(start)


def _side(resource: Mapping[str, object], tables: CauseTables, of_codes: Mapping[str, str] | None = None) -> str | None:
    """The side that the body site names, else the last digit of a code that tells sides, else the words."""
    places = resource.get("bodySite")
    sites = objects_in(places) if isinstance(places, list) else [places]
    said = {tables.sides[word] for site in sites for word in _words(site) if word in tables.sides}
    if not said:
        endings = [_ending(coding, of_codes or tables.endings) for coding in codings_of(resource.get("code"))]
        said = {side for side in endings if side}
    if not said:
        words = spoken_words(text_of(resource.get("code")))
        said = {tables.sides[word] for word in words if word in SIDES}
    return said.pop() if len(said) == 1 else _BOTH if said == set(SIDES) else None


def _words(site: object) -> Sequence[str]:
    return (*keys_of(site), *spoken_words(text_of(site)))


def _ending(coding: Mapping[str, object], endings: Mapping[str, str]) -> str | None:
    code = coding.get("code")
    return endings.get(f"{coding.get('system')}|{code[-1]}") if isinstance(code, str) and len(code) > _HEADING else None
