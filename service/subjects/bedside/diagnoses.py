"""What is read of a diagnosis that may explain something: whether it is settled, what it is of, its side, its onset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from service.domain.moments import Moment, moment_of
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.values.answers import codings_of, keys_of, objects_in, text_of
from service.subjects.anatomy.muscles import SIDES, spoken_words
from service.subjects.bedside.plantar import Words
from service.subjects.bedside.presence import is_over, only_if_settled

BOTH = "both"
# G81.9 and G56.0 tell no side; G81.91 and G56.01 do.
_HEADING = len("G56.0")


@dataclass(frozen=True, slots=True)
class CauseTables:
    """What tells sides, words and how long after a lesion signs may first be noted.

    ``sides``: ``system|code`` or word to side. ``endings``: ``system|last digit`` of a code to side or ``both``;
    ``paresis_endings``: the same of a paresis. ``explains_for``: how long after a
    lesion signs may first be noted. ``answers`` and ``plantar``: words of findings. ``comes_within``: for how long
    after one event a course is its own. ``limbs``: how the code of a root or nerve begins to the limb that it
    weakens.
    """

    sides: Mapping[str, str]
    endings: Mapping[str, str]
    paresis_endings: Mapping[str, str]
    explains_for: timedelta
    answers: Mapping[str, str]
    plantar: Words
    comes_within: timedelta
    limbs: Mapping[str, str]


def told_of(source: SourceResource) -> str:
    """The fact that a resource speaks of."""
    return text_in(source.concept.options, "fact") or source.concept.name if source.concept else ""


def points_to(source: SourceResource, fact: str) -> bool:
    """Whether a resource speaks of the fact, or shows it as well."""
    also = texts_in(source.concept.options, "also_points_to") if source.concept else ()
    return fact in (told_of(source), *also)


def is_confirmed(source: SourceResource) -> bool:
    """Whether it is a Condition that holds now and is not asked about only: nothing else explains anything."""
    if source.resource.get("resourceType") != "Condition" or is_over(source.resource):
        return False
    return only_if_settled(source.resource) == "present"


def onset(resource: Mapping[str, object]) -> Moment | None:
    """When a Condition began, as it says itself."""
    period = resource.get("onsetPeriod")
    start = period.get("start") if isinstance(period, Mapping) else None
    return moment_of(resource.get("onsetDateTime")) or moment_of(start)


def side_of(
    resource: Mapping[str, object], tables: CauseTables, of_codes: Mapping[str, str] | None = None
) -> str | None:
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
    return said.pop() if len(said) == 1 else BOTH if said == set(SIDES) else None


def _words(site: object) -> Sequence[str]:
    return (*keys_of(site), *spoken_words(text_of(site)))


def _ending(coding: Mapping[str, object], endings: Mapping[str, str]) -> str | None:
    code = coding.get("code")
    return endings.get(f"{coding.get('system')}|{code[-1]}") if isinstance(code, str) and len(code) > _HEADING else None


def recorded(condition: Mapping[str, object]) -> Moment | None:
    """What was recorded on a day had begun by then."""
    moment = moment_of(condition.get("recordedDate"))
    return moment and replace(moment, earliest=datetime.min.replace(tzinfo=UTC), day=None)
