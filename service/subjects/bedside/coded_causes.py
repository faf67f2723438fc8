"""What a diagnosis of the chart may explain: the first weeks of a disease by its phase, weakness by an entrapment.

A diagnosis explains only where it is confirmed and active, and where side and time fit; project design, not reviewed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.facts import Fact, Range
from service.domain.moments import Moment
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.records import PatientRecord, Refused, SourceResource
from service.fhir.intake.unusable import Unusable, told_as
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import text_in
from service.subjects.anatomy.muscles import SIDES
from service.subjects.bedside.diagnoses import BOTH, CauseTables, is_confirmed, onset, points_to, side_of
from service.subjects.bedside.onset import began_lately
from service.subjects.bedside.presence import certainty, has_abated, is_over

_NEUROPATHY = "other_neuropathy_condition"


@dataclass(frozen=True, slots=True)
class CauseLimits:
    """How long after a lesion signs may first be noted; for how long an acute neuropathy explains what is found.

    ``lead``: how long before its stated onset what it explains may have been on record. ``fast``: for how long a
    disease with fast weakness explains a rapid course. ``event``: for how long after a stroke a fast course is its own.
    """

    lesion: timedelta
    acute: timedelta
    lead: timedelta
    fast: timedelta
    event: timedelta


@dataclass(frozen=True, slots=True)
class Phase:
    """Where in its course a disease is that explains only its first weeks, and since when it explains what is found.

    ``name``: of the disease.
    """

    word: str
    evidence: str
    explains_from: datetime | None = None
    name: str = ""


# Of several entries of one disease: one that is acute, else a question of it, else one that is dated.
_ACUTE, _IN_QUESTION = "acute", "in_question"
_PHASES = (_ACUTE, _IN_QUESTION, "later", "date_not_known")


def phases(
    sources: Sequence[SourceResource], weak_since: Moment | None, as_of: datetime, limits: CauseLimits
) -> dict[str, Phase]:
    """Of each disease that explains only its first weeks, by its fact: where in its course it is.

    It begins at its own onset, or with the weakness where nobody dated it. ``in_question``: acute,
    and only asked about; weakness that is older than it explains is no question of it.
    """
    told: dict[str, list[Phase]] = {}
    for source in sources:
        name = text_in(source.concept.options, "phase_fact") if source.concept else ""
        if source.concept and name and not (is_over(source.resource) or has_abated(source.resource)):
            is_fast = source.concept.options.get("weakens_fast") is True
            within = replace(limits, acute=limits.fast) if is_fast else limits
            phase = _phase(onset(source.resource) or weak_since, as_of, within, source.reference)
            phase = replace(phase, name=text_in(source.concept.options, "diagnosis"))
            is_question = source.concept.in_words or not is_confirmed(source)
            asked = _as_question(source.resource, phase, began_lately(weak_since, as_of, within.acute))
            told.setdefault(name, []).extend(asked if is_question else [phase])
    return {name: min(found, key=_telling) for name, found in told.items() if found}


def _as_question(condition: Mapping[str, object], phase: Phase, is_recent: bool | None) -> list[Phase]:
    is_open = certainty(condition) in ("confirmed", "in_question") and is_recent is not False
    return [replace(phase, word=_IN_QUESTION)] if is_open and phase.word == _ACUTE else []


def _telling(phase: Phase) -> tuple[int, str, str]:
    return _PHASES.index(phase.word), str(phase.explains_from), phase.evidence


def _phase(began: Moment | None, as_of: datetime, limits: CauseLimits, evidence: str) -> Phase:
    if began is None:
        return Phase("date_not_known", evidence)
    if as_of - began.earliest <= limits.acute:
        # Of a month or a year nobody knows which day it was: the last one explains the least.
        onset = began.earliest if began.day else min(began.latest, as_of)
        return Phase(_ACUTE, evidence, onset - limits.lead)
    return Phase("later" if as_of - began.latest > limits.acute else "date_not_known", evidence)


_STATUS = "status"


def certainty_facts(sources: Sequence[SourceResource]) -> dict[str, Fact]:
    """Of each diagnosis whose certainty rules ask for: ``confirmed`` or ``in_question``, else nothing."""
    told: dict[str, list[Statement[str]]] = {}
    in_words: dict[str, list[Statement[str]]] = {}
    for source in sources:
        name = text_in(source.concept.options, "certainty_fact") if source.concept else ""
        if source.concept and name and source.resource.get("resourceType") == "Condition":
            statement = Statement(certainty(source.resource), source.moment, source.reference)
            (in_words if source.concept.in_words else told).setdefault(name, []).append(statement)
    facts = {}
    for name in dict.fromkeys((*told, *in_words)):
        settled = settle(told.get(name, []))
        # Words ask; they put in question nothing that a code confirms.
        if settled.value != "confirmed":
            settled = settle([*told.get(name, []), *in_words.get(name, [])])
        word = settled.value or ("in_question" if settled.counted else "refuted")
        if word != "refuted":
            facts[name] = Fact(word, settled.evidence, "" if word == "confirmed" else "asked about, not confirmed")
    return facts


def unusable_certainty(record: PatientRecord, concepts: Mapping[str, Concept]) -> dict[str, Fact]:
    """Of each diagnosis whose certainty rules ask for: ``not_usable`` where one is there and was turned away.

    ``in_question`` where its words or status leave it open; one that was refuted later is settled.
    """
    told: dict[tuple[str, str], list[Unusable]] = {}
    for each in (each for each in record.refused if each.is_result and not _is_past(each)):
        named = [(text_in(concepts[name].options, "certainty_fact"), name) for name in each.names if name in concepts]
        for fact in dict.fromkeys(fact for fact, name in named if fact and not _is_settled(each, name, record)):
            word = "in_question" if each.row.reason == _STATUS else "not_usable"
            why = each.row.detail or each.row.reason
            told.setdefault((fact, word), []).append(Unusable((each.row.resource,), why, each.moment))
    # The last of one fact counts: what is asked about says more than what could not be used.
    return {fact: told_as(word, told[fact, word]) for fact, word in sorted(told, reverse=True)}


def _is_past(refused: Refused) -> bool:
    # What is over, or of a relative, was read and understood.
    return refused.row.reason == _STATUS and not refused.row.relevant


def _is_settled(refused: Refused, name: str, record: PatientRecord) -> bool:
    """Whether an entry that did not begin earlier refutes the diagnosis."""
    own = (source for source in record.sources if source.concept and source.concept.name == name)
    return any(
        certainty(each.resource) == "refuted" and each.moment.earliest >= refused.moment.earliest for each in own
    )


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
    explained = sum(len(SIDES) if side == BOTH else 1 for _, side in set(trapped))
    lowest = count.value.low if isinstance(count.value, Range) else None
    if not weak and lowest is not None and lowest > explained:
        return Fact("present", evidence, "more territories are weak than coded entrapments explain")
    if not trapped and asymmetry.value == "present":
        return Fact("present", evidence)
    return Fact("absent" if trapped and (weak or lowest) else None, evidence)


def cause_by_neuropathy(facts: Mapping[str, Fact], sources: Iterable[SourceResource]) -> dict[str, Fact]:
    """A coded neuropathy that touches sensation explains weakness only where sensory loss was found beside it."""
    lost = facts.get("objective_sensory_loss", Fact(None))
    known = [each for each in sources if points_to(each, _NEUROPATHY) and is_confirmed(each)]
    if not known or lost.value != "present" or _NEUROPATHY not in facts:
        return {}
    evidence = in_order((*(each.reference for each in known), *lost.evidence))
    return {"coded_cause_of_weakness": Fact("present", evidence)}


def entrapped_nerves(sources: Sequence[SourceResource], tables: CauseTables) -> dict[tuple[str, str], str]:
    """The nerves that a coded entrapment injures, with their sides, and its name; both where nobody named one."""
    found = [(nerve, (side,) if side in SIDES else SIDES, name) for nerve, side, name in _entrapments(sources, tables)]
    return {(nerve, side): name for nerve, sides, name in found for side in sides}


def _trapped(sources: Iterable[SourceResource], tables: CauseTables) -> list[tuple[str, str | None]]:
    return [(nerve, side) for nerve, side, _ in _entrapments(sources, tables)]


def _entrapments(sources: Iterable[SourceResource], tables: CauseTables) -> list[tuple[str, str | None, str]]:
    coded = [(source.concept.options, source) for source in sources if source.concept]
    return [
        (nerve, side_of(source.resource, tables), text_in(options, "diagnosis"))
        for options, source in coded
        if (nerve := text_in(options, "entraps")) and is_confirmed(source)
    ]


def _is_trapped(nerve: str, side: str, trapped: Collection[tuple[str, str | None]]) -> bool:
    return any(other == nerve and where in (side, BOTH, None) for other, where in trapped)
