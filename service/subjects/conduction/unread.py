"""Motor studies that came and could not be read: as long as none answers them, nobody has looked for a block whole.

What would be seen in them is open: no count of blocks ends, and nothing is called absent that may stand in them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from service.domain.facts import PARTIAL, PRELIMINARY, Excluded, Fact, Range
from service.domain.immutable import immutable
from service.domain.moments import Moment
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord, Refused, SourceResource
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import objects_in
from service.knowledge.cards import PLACEHOLDER_LENGTHS
from service.knowledge.sentences import Say
from service.subjects.conduction.nerves import NerveAnatomy, NerveStudy
from service.subjects.conduction.reading.groups import holds_response
from service.subjects.conduction.reading.places import Place, components_of, place_of
from service.subjects.conduction.reading.tables import NerveTables
from service.subjects.conduction.tallies import NO_STUDY

IN_WORDS, NEWER_TEXT = "motor_values_in_words", "text-only"
_STUDY, _PART = "motor_nerve_study", "nerve_measurement"
# Not there yet, and no result: a study of the same day is the one that was waited for.
_AWAITED = "registered"
_COUNTS = (
    "nerves_with_definite_block",
    "nerves_with_block",
    "nerves_with_definite_block_and_normal_sensory",
    "nerves_with_block_and_normal_sensory",
    "nerves_with_motor_slowing",
    "nerves_with_block_or_slowing",
    "entrapment_sites_with_loss",
)
# What a study that was not read would have to deny, or to leave as it is: what is said of the others is open.
_KEPT = {
    "sensory_conduction_where_blocked": "normal",
    "losses_only_at_entrapment_sites": "absent",
    "loss_away_from_entrapment": "present",
}
_SHOWS, _LOSS, _NOT_KNOWN = "motor_study_shows", "loss", "not_known"
# Studies of which nothing can be said, and what a study that did not come leaves open beside blocks.
_SENSORY, _NORMAL = "sensory_studies", "normal"
_KEY, _BUNDLE = "prefetch/nerveStudies", "Bundle"
_EVER = Moment(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), None)
_A_PAIR = 2
_MOST_TOLD = 3
Nerve = tuple[str, str]


@immutable
class UnreadStudy:
    """One that came: its ``row``, when it was made, its nerve and side where these can be told.

    ``is_rest``: none that came, but all those that an answer left out.
    """

    row: Excluded
    moment: Moment
    nerve: Nerve | None = None
    is_result: bool = True
    is_rest: bool = False

    def is_answered(self, answers: Mapping[Nerve, tuple[datetime, Collection[date | None]]]) -> bool:
        """Whether a study of the same nerve that could be read came later: the newest of a nerve decides.

        ``answers``: by nerve and side when the newest of two sites began at the earliest, and the days of all.
        """
        if self.nerve is None or self.nerve not in answers:
            return False
        newest, days = answers[self.nerve]
        is_that_day = not self.is_result and self.moment.day is not None and self.moment.day in days
        return is_that_day or self.moment.latest < newest

    @property
    def called(self) -> str:
        """As a card names it: "right ulnar motor study of 2026-11-21"."""
        if self.is_rest:
            return "other nerve studies"
        nerve, side = self.nerve or ("", "")
        words = f"{side} {nerve.replace('-', ' ')} motor study".strip()
        return f"{words} {dated(self.moment.day)}"

    @property
    def wanted(self) -> str:
        """What would settle it."""
        return f"the {self.called}" if self.is_rest else f"readable values of the {self.called}"


def dated(day: date | None) -> str:
    """When it was made, as a card says it."""
    return f"of {day.isoformat()}" if day else "without a full date"


def unread_studies(
    record: PatientRecord, rows: Sequence[Excluded], studies: Sequence[NerveStudy], tables: tuple[Mappings, NerveTables]
) -> list[UnreadStudy]:
    """What came of motor studies and was not used, without what a later study of the same nerve answers.

    ``rows``: what reading gave, of which those that are relevant are of a response; ``studies``: those that were read.
    """
    places = {reference: (study.nerve, study.side) for study in studies for reference in study.evidence}
    sources = {each.reference: each for each in (*record.sources, *record.preliminary)}
    found = [
        UnreadStudy(row, sources[row.resource].moment, places.get(row.resource))
        for row in rows
        if row.relevant and row.resource in sources
    ]
    found += [
        UnreadStudy(each.row, each.moment, _nerve_of(each.resource, tables), each.is_result)
        for each in record.refused
        if _is_study(each, tables[0])
    ]
    motor = [study for study in studies if study.kind == "motor"]
    found += [*_in_newer_text(record, motor), *(_left_out(record) if studies else [])]
    answers = _answers(motor)
    return [each for each in found if not each.is_answered(answers)]


def _answers(motor: Sequence[NerveStudy]) -> dict[Nerve, tuple[datetime, set[date | None]]]:
    answers: dict[Nerve, tuple[datetime, set[date | None]]] = {}
    for study in (each for each in motor if len(each.sites) >= _A_PAIR):
        newest, days = answers.get((study.nerve, study.side), (study.moment.earliest, set()))
        answers[study.nerve, study.side] = max(newest, study.moment.earliest), days
        days.add(study.day)
    return answers


def rows_in_words(sources: Iterable[SourceResource]) -> list[Excluded]:
    """A row for each value that is only by its name one of a motor study."""
    why = "Observation: by its name a value of a motor nerve study; no mapping for its code"
    own = (each for each in sources if each.concept is not None and each.concept.reader == IN_WORDS)
    return [Excluded(each.reference, "unmapped", why, relevant=True) for each in own]


def rows_of_parts(record: PatientRecord) -> list[Excluded]:
    """A row for each motor study of which members did not come."""
    panels = [
        each
        for each in record.sources
        if each.concept is not None and each.concept.reader == _STUDY and "hasMember" in each.resource
    ]
    came = {_tail(reference) for reference in record.told} if panels else set()
    counted = [(each, _named(each), _lost(each, came)) for each in panels]
    return [
        Excluded(
            panel.reference,
            PARTIAL,
            f"Observation.hasMember: {lost} of {named} members did not come",
            relevant=True,
            called=f"a motor study {dated(panel.moment.day)}",
        )
        for panel, named, lost in counted
        if lost
    ]


def _named(panel: SourceResource) -> int:
    return len(objects_in(panel.resource["hasMember"]))


def _lost(panel: SourceResource, came: set[str]) -> int:
    references = [each.get("reference") for each in objects_in(panel.resource["hasMember"])]
    return sum(not isinstance(each, str) or _tail(each) not in came for each in references)


def _tail(reference: str) -> str:
    return reference.partition("/_history/")[0].rpartition("/")[2].removeprefix("urn:uuid:")


def _in_newer_text(record: PatientRecord, motor: Sequence[NerveStudy]) -> list[UnreadStudy]:
    """Reports as text that are newer than all that was read: what they say may be of any nerve."""
    return [
        UnreadStudy(each.row, each.moment)
        for each in record.in_text
        if each.fact == "nerve_study_in_text"
        and motor
        and all(study.moment.is_surely_before(each.moment) for study in motor)
    ]


def _left_out(record: PatientRecord) -> list[UnreadStudy]:
    """All studies that an answer of which a part came left out, once."""
    parts = (row for row in record.excluded if row.reason == PARTIAL and row.resource.startswith((_KEY, _BUNDLE)))
    return [UnreadStudy(row, _EVER, is_rest=True) for row in parts][:1]


def _is_study(refused: Refused, mappings: Mappings) -> bool:
    """Whether intake turned away a motor study, or a response of one, and it was not taken back."""
    if refused.row.detail.endswith(PRELIMINARY):
        # What it shows as it stands is read beside the others.
        return False
    is_there = refused.is_result or refused.resource.get("status") == _AWAITED
    is_part = _PART in refused.names and holds_response(refused.resource, mappings)
    return is_there and (is_part or not {_STUDY, IN_WORDS}.isdisjoint(refused.names))


def _nerve_of(resource: Mapping[str, object], tables: tuple[Mappings, NerveTables]) -> Nerve | None:
    found = place_of(resource, components_of(resource, tables[0]), *tables)
    return (found.nerve, found.side) if isinstance(found, Place) and found.nerve and found.side else None


def left_open(facts: Mapping[str, Fact], unread: Sequence[UnreadStudy]) -> dict[str, Fact]:
    """The facts of the studies that were read, as far as those that were not could change them."""
    if not unread:
        return {}
    missing = tuple(dict.fromkeys(each.wanted for each in unread))
    facts = {name: _wanting(fact, missing) for name, fact in facts.items()}
    opened = {name: _without_end(facts[name], missing) for name in _COUNTS if name in facts}
    for name, word in _KEPT.items():
        if name in facts and facts[name].value not in (word, None):
            opened[name] = replace(facts[name], value=None)
    # What did not come is no evidence of anything: it ends no search, and begins none.
    shown = facts.get(_SHOWS, Fact(None))
    if shown.value not in (_LOSS, None) and not all(each.is_rest for each in unread):
        opened[_SHOWS] = replace(shown, value=_NOT_KNOWN)
    sensory = facts.get(_SENSORY, Fact(None))
    if sensory.value == _NORMAL and any(each.is_rest for each in unread):
        opened[_SENSORY] = replace(sensory, value=None, missing=missing)
    evidence = in_order(each.row.resource for each in unread if not each.is_rest)
    opened |= {name: fact for name, fact in facts.items() if fact.missing is missing and name not in opened}
    return {**opened, "unread_motor_study": Fact("on_record", evidence, ", ".join(_calls(unread)))}


def _wanting(fact: Fact, missing: tuple[str, ...]) -> Fact:
    """One that lacks a study lacks only that which could not be read."""
    return replace(fact, missing=missing) if fact.missing == (NO_STUDY,) else fact


def without_end(facts: Mapping[str, Fact], missing: Sequence[str]) -> dict[str, Fact]:
    """The counts of blocks where a nerve was studied and cannot be judged; ``missing``: what would settle it."""
    return {name: _without_end(facts[name], tuple(missing)) for name in _COUNTS[:4] if missing and name in facts}


def single_sites(
    studies: Sequence[NerveStudy], judged: Iterable[Nerve | None], anatomy: Mapping[str, NerveAnatomy]
) -> list[str]:
    """What is missing of arm nerves that were stimulated at one site only, and of which nothing could be ``judged``."""
    known = set(judged)
    lone = [
        study
        for study in studies
        if study.kind == "motor" and len(study.sites) == 1 and (study.nerve, study.side) not in known
    ]
    return [
        f"second stimulation site of the {study.side} {study.nerve} motor study"
        for study in lone
        if study.nerve in anatomy and anatomy[study.nerve].limb == "upper"
    ]


def _without_end(fact: Fact, missing: tuple[str, ...]) -> Fact:
    value = fact.value
    if not isinstance(value, Range):
        return fact
    return replace(fact, value=Range(value.low, None), missing=tuple(dict.fromkeys((*missing, *fact.missing))))


def in_summary(unread: Sequence[UnreadStudy], say: Say) -> str:
    """The first that could not be read, with the reason where a summary has room for it."""
    told = [(_sentence(each, say), each.called) for each in unread[:1]]
    fits = PLACEHOLDER_LENGTHS["where"]
    return "".join(full if len(full) <= fits else say("unread_study_short", study=called) for full, called in told)


def in_sentences(unread: Sequence[UnreadStudy], say: Say) -> tuple[str, ...]:
    """Which could not be read and why, a sentence each; of many the first, and how many more."""
    told = list(dict.fromkeys(_sentence(each, say) for each in unread))
    rest = [say("unread_more", count=str(len(told) - _MOST_TOLD))] if told[_MOST_TOLD:] else []
    return (*told[:_MOST_TOLD], *rest)


def _sentence(study: UnreadStudy, say: Say) -> str:
    if study.is_rest:
        return say("unread_rest", study=study.called)
    return say("unread_study", study=study.called, why=_why(study.row, say))


def _calls(unread: Sequence[UnreadStudy]) -> list[str]:
    return list(dict.fromkeys(each.called for each in unread))


def _why(row: Excluded, say: Say) -> str:
    whys = {
        "side": say("unread_side"),
        "unmapped": say("unread_place"),
        "system": say("unread_code"),
        "status": say("unread_status"),
        "future": say("unread_future"),
        PARTIAL: say("unread_part"),
        NEWER_TEXT: say("unread_text"),
    }
    return whys.get(row.reason, say("unread_shape"))
