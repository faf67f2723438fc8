"""What a central lesion of the chart may explain: upper motor neuron signs, and weakness that came with it.

It explains only where it is confirmed and active, and where side and time fit, and never what shows a lower motor
neuron. A disease of throat, junction, muscle or brain stem explains bulbar weakness by the same proof; project design,
not reviewed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from service.domain.facts import Fact
from service.domain.moments import Moment
from service.domain.statements import in_order
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.word_tables import text_in
from service.subjects.anatomy.muscles import SIDES
from service.subjects.bedside.diagnoses import (
    BOTH,
    CauseTables,
    is_confirmed,
    onset,
    points_to,
    recorded,
    side_of,
    told_of,
)
from service.subjects.bedside.presence import presence

_SIGNS, _LESIONS = "upper_motor_neuron_signs", "central_lesion_condition"
_BULBAR, _BULBAR_CAUSES = "marked_bulbar_involvement", "bulbar_cause_condition"
_BULBAR_VERDICT = "bulbar_weakness_of_coded_disease"
_COURSE = "progression"
_WEAKNESS = ("asymmetric_limb_weakness", "weak_nerve_territories")
# What no lesion of brain or cord explains, by fact and value; a disease that goes on explains that it progresses.
_NEVER = {
    "muscle_atrophy": ("present",),
    "cramps_or_fasciculations": ("present",),
    "marked_bulbar_involvement": ("present",),
    _COURSE: ("rapid",),
}
_NEVER_BY_ONE_EVENT = ("slowly_progressive", "stepwise")


@dataclass(frozen=True, slots=True)
class Lesion:
    """A central lesion: its name, when it began, the side of the body it weakens, whether it goes on.

    ``is_paresis``: its code names the weakness itself. ``is_event``: it came in one day, unlike a myelopathy.
    ``wastes``: it wastes muscles itself. ``is_fast``: it may weaken within weeks.
    """

    name: str
    began: Moment | None
    side: str | None
    goes_on: bool
    is_paresis: bool
    is_event: bool
    evidence: str
    wastes: bool = False
    is_fast: bool = False

    @property
    def called(self) -> str:
        """Its name with its year, where that is known; an entry may be of a later year than what it tells."""
        is_dated = self.began is not None and self.began.earliest.year == self.began.latest.year
        return f"{self.name} of {self.began.latest.year}" if self.began and is_dated else self.name


@dataclass(frozen=True, slots=True)
class Weakness:
    """What is stated of the weakness: when it began, and when its course was last told."""

    began: Moment | None = None
    course_told: Moment | None = None


def stated_weakness(began: Moment | None, facts: Mapping[str, Fact], sources: Iterable[SourceResource]) -> Weakness:
    """When weakness began by a stated onset, and when the course that counts was told."""
    cited = facts.get(_COURSE, Fact(None)).evidence
    told = [source.moment for source in sources if source.reference in cited and source.moment.day]
    return Weakness(began, max(told, key=lambda moment: moment.latest, default=None))


def signs_by_lesion(
    facts: Mapping[str, Fact], sources: Sequence[SourceResource], tables: CauseTables, weakness: Weakness
) -> dict[str, Fact]:
    """The upper motor neuron signs held against the central lesions of the chart, where there are both.

    Signs that a lesion may explain are unknown as a sign of another disease; else they stay, and name the lesion.
    """
    signs = facts.get(_SIGNS, Fact(None))
    lesions = _lesions(sources, tables, (_LESIONS, "myelopathy_condition"))
    if signs.value != "present" or not lesions:
        return {}
    noted = [source for source in sources if _shows_signs(source, tables)]
    sign = _Noted(_first_noted(noted), _side_of_signs(noted, tables), weakness)
    known = facts.get(_BULBAR_VERDICT, Fact(None)).value == "explained"
    found = {name: fact for name, fact in facts.items() if not (known and name == _BULBAR)}
    fitting = [each for each in lesions if _fits(each, sign, found, tables)]
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


def bulbar_weakness_by_disease(
    facts: Mapping[str, Fact], sources: Sequence[SourceResource], tables: CauseTables, weakness: Weakness
) -> dict[str, Fact]:
    """Whether a coded disease of the chart may explain the bulbar weakness, where there are both.

    None explains it beside fasciculation. Beside wasting, or in a rapid course, only one that does that itself. The
    weakness stays as a sign against MMN whatever explains it.
    """
    bulbar = facts.get(_BULBAR, Fact(None))
    causes = [each for each in sources if is_confirmed(each) and points_to(each, _BULBAR_CAUSES) and _is_coded(each)]
    if bulbar.value != "present" or not causes:
        return {}
    noted = [
        each for each in sources if told_of(each) == _BULBAR and presence(each.resource, tables.answers) == "present"
    ]
    sign = _Noted(_first_noted(noted), None, weakness)
    diseases = [_lesion(each, tables) for each in causes]
    fitting = [each for each in diseases if _fits(each, sign, _beside(each, facts), tables)]
    evidence = in_order((*bulbar.evidence, *(each.evidence for each in fitting or diseases)))
    names = " and ".join(in_order(each.called for each in fitting or diseases))
    if fitting:
        # Weak limbs beside it are no reason to speak of MMN by themselves.
        cause = Fact("present", in_order(each.evidence for each in fitting), names)
        return {_BULBAR_VERDICT: Fact("explained", evidence, names), "coded_cause_of_weakness": cause}
    told = f"{bulbar.why or 'bulbar weakness'} not explained by {names}"
    return {
        _BULBAR: replace(bulbar, evidence=evidence, why=told),
        _BULBAR_VERDICT: Fact("not_explained", evidence, names),
    }


def _beside(disease: Lesion, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """What is found beside bulbar weakness, without what the disease gives by itself."""
    own = {_BULBAR} | ({"muscle_atrophy"} if disease.wastes else set())
    if disease.is_fast and facts.get("progression", Fact(None)).value == "rapid":
        own.add("progression")
    return {name: fact for name, fact in facts.items() if name not in own}


def _is_coded(source: SourceResource) -> bool:
    return source.concept is not None and not source.concept.in_words


def weakness_by_lesion(
    facts: Mapping[str, Fact],
    weak: Iterable[tuple[str, str]] | None,
    weak_since: Moment | None,
    sources: Sequence[SourceResource],
    tables: CauseTables,
    stated: Weakness,
) -> dict[str, Fact]:
    """Whether a central lesion of the chart may explain the weakness, where there are both.

    ``weak``: nerves and sides of weak muscles. A lesion explains weakness of its side that came with it, and nothing
    that wasting or fasciculation shows to come from the lower motor neuron.
    """
    lesions = _lesions(sources, tables, (_LESIONS,))
    weakness = [facts[name] for name in _WEAKNESS if name in facts]
    if not lesions or not weakness:
        return {}
    sides = {side for _, side in weak or ()}
    cited = {reference for fact in weakness for reference in fact.evidence}
    noted = weak_since or _first_noted([each for each in sources if each.reference in cited or _is_weak(each, tables)])
    sign = _Noted(noted, sides.pop() if len(sides) == 1 else BOTH if sides else None, stated, is_weakness=True)
    fitting = [each for each in lesions if _fits(each, sign, facts, tables)]
    evidence = in_order((*(each.evidence for each in fitting or lesions), *sorted(cited)))
    names = " and ".join(in_order(each.called for each in fitting or lesions))
    return {"weakness_of_coded_lesion": Fact("explained" if fitting else "not_explained", evidence, names)}


@dataclass(frozen=True, slots=True)
class _Noted:
    """What a lesion may explain: when it was first noted, on which side, and what is stated of the weakness."""

    first: Moment | None
    side: str | None
    weakness: Weakness
    is_weakness: bool = False


def _fits(lesion: Lesion, noted: _Noted, facts: Mapping[str, Fact], tables: CauseTables) -> bool:
    beyond = {name for name, words in _NEVER.items() if facts.get(name, Fact(None)).value in words}
    if beyond - ({_COURSE} if _came_fast(lesion, noted.weakness, tables.comes_within) else set()):
        return False
    if lesion.side in SIDES and noted.side is not None and lesion.side != noted.side and not _is_open(noted):
        return False
    if lesion.goes_on:
        return True
    if facts.get(_COURSE, Fact(None)).value in _NEVER_BY_ONE_EVENT:
        return False
    return _came_with(lesion, noted, tables.explains_for)


def _came_fast(lesion: Lesion, weakness: Weakness, within: timedelta) -> bool:
    """Whether a rapid course is that of one event: told in its first days, of weakness that began with it.

    Where nobody dated the weakness, the event itself has to be dated. Weakness that is older, or a rapid course that is
    told later, is another disease's.
    """
    told, began = weakness.course_told, weakness.began
    if not lesion.is_event or lesion.began is None or told is None or told.latest > lesion.began.latest + within:
        return False
    first = lesion.began if began is None else began
    return first.earliest >= lesion.began.latest - within


def _is_open(noted: _Noted) -> bool:
    # Of signs on both sides one may be the lesion's; weakness of both sides is not all its own.
    return noted.side == BOTH and not noted.is_weakness


def _came_with(lesion: Lesion, noted: _Noted, explains_for: timedelta) -> bool:
    """Whether a finding is neither older than one event nor much newer; a paresis that is coded stands since then."""
    if lesion.began is None or noted.first is None:
        return True
    if lesion.is_event and noted.first.is_surely_before(lesion.began):
        return False
    if noted.is_weakness and lesion.is_paresis:
        return True
    return noted.first.earliest <= lesion.began.latest + explains_for


def _first_noted(sources: Sequence[SourceResource]) -> Moment | None:
    """When the first of the signs was there, of those that are dated."""
    moments = [onset(source.resource) or (source.moment if source.moment.day else None) for source in sources]
    return min((moment for moment in moments if moment), key=lambda moment: moment.earliest, default=None)


def _side_of_signs(sources: Sequence[SourceResource], tables: CauseTables) -> str | None:
    sides = {side_of(source.resource, tables) for source in sources}
    return sides.pop() if len(sides) == 1 else None


def _is_weak(source: SourceResource, tables: CauseTables) -> bool:
    return told_of(source) == _WEAKNESS[0] and presence(source.resource, tables.answers) == "present"


def _shows_signs(source: SourceResource, tables: CauseTables) -> bool:
    options = source.concept.options if source.concept else {}
    words = tables.plantar if options.get("answers") == "plantar_responses" else None
    return told_of(source) == _SIGNS and presence(source.resource, tables.answers, plantar=words) == "present"


def _lesions(sources: Iterable[SourceResource], tables: CauseTables, kinds: Sequence[str]) -> list[Lesion]:
    return [_lesion(each, tables) for kind in kinds for each in sources if is_confirmed(each) and points_to(each, kind)]


def _lesion(source: SourceResource, tables: CauseTables) -> Lesion:
    options = source.concept.options if source.concept else {}
    is_paresis, goes_on = options.get("names_weak_side") is True, options.get("goes_on") is True
    side = side_of(source.resource, tables, tables.paresis_endings) if is_paresis else None
    began = onset(source.resource) or recorded(source.resource)
    is_event = not goes_on and (points_to(source, _LESIONS) or points_to(source, _BULBAR_CAUSES))
    name = text_in(options, "also_diagnosis") or text_in(options, "diagnosis") or "central lesion"
    wastes, is_fast = options.get("wastes") is True, options.get("is_fast") is True
    return Lesion(name, began, side, goes_on, is_paresis, is_event, source.reference, wastes, is_fast)
