"""Tests that orders should rest on, and whether they are there and could be used."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.domain.facts import Fact
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.intake.unusable import Unusable, refused, results_among, told_as, unanswered
from service.fhir.values.answers import Problem, joined, value_of
from service.subjects.laboratory.chart_results import ChartResults
from service.subjects.laboratory.unread_kidney import UnreadKidney

_CREATININE = "creatinine_raised"
# Facts of a result that is not asked for: only one that is there and could not be used is told.
_OF_RESULTS = {"blood_group": "unusable_blood_group", "hyperviscosity_risk": "unusable_serum_protein"}
_OF_SEROLOGY = {"anti_iga": "unusable_anti_iga", "direct_antiglobulin_test": "unusable_direct_antiglobulin_test"}


def tests_on_record(
    record: PatientRecord,
    results: ChartResults,
    known: Mapping[str, Fact],
    old_egfr: Sequence[Unusable],
    unread: UnreadKidney,
) -> dict[str, Fact]:
    """Whether the tests that should come before treatment are there and could be used.

    ``old_egfr``: an eGFR that is too old to reassure. ``unread``: of the kidney, what could not be read.
    """
    iga = _state("iga_g_per_l", results)
    if _value("iga_deficiency_condition", known) is not None:
        iga = Fact("on_record")
    gm1 = _of_serology("gm1_igm", record, known.get("gm1_igm", Fact(None)))
    has_gm1 = "on_record" if _value("gm1_igm", known) is not None else "not_on_record"
    return {
        "kidney_function_on_record": _kidney(results, old_egfr, unread),
        "iga_on_record": iga,
        "anti_iga_result": _anti_iga(record, known),
        "haemolysis_group": _group(results),
        "gm1_on_record": told_as("not_usable", gm1) if gm1 else Fact(has_gm1),
    }


def _group(results: ChartResults) -> Fact:
    """The ABO group; one that is not known counts as another than O."""
    group = results.facts.get("blood_group", Fact(None))
    return group if group.value is not None else replace(group, value="not_known")


def unusable_results(record: PatientRecord, results: ChartResults, known: Mapping[str, Fact]) -> dict[str, Fact]:
    """Each further kind of result that is in the record and could not be used; what nobody sent is left out."""
    found = {fact: results.unusable.get(name, []) for name, fact in _OF_RESULTS.items()}
    found |= {fact: _of_serology(name, record, _doubted(known.get(name))) for name, fact in _OF_SEROLOGY.items()}
    return {name: told_as("on_record", told) for name, each in found.items() if (told := results_among(each))}


def _kidney(results: ChartResults, old_egfr: Sequence[Unusable], unread: UnreadKidney) -> Fact:
    """Of an eGFR; where there is none, of a creatinine, which does not stand in for it."""
    if old_egfr and not results.unusable.get("egfr_ml_per_min"):
        return told_as("old", list(old_egfr))
    egfr = _state("egfr_ml_per_min", results)
    creatinine = results.facts.get(_CREATININE)
    if egfr.value != "not_usable" and unread.egfr_in_words:
        return told_as("not_usable", unread.egfr_in_words)
    if egfr.value == "not_on_record" and unread.creatinine:
        return told_as("creatinine_only", unread.creatinine)
    if egfr.value != "not_on_record" or creatinine is None:
        return egfr
    if unusable := results_among(results.unusable.get(_CREATININE, [])):
        return told_as("creatinine_only", unusable)
    judged = {"present": "high", "absent": "not high"}.get(str(creatinine.value))
    why = f"{joined(creatinine.evidence)} (the laboratory calls it {judged})"
    return Fact("creatinine_only", creatinine.evidence, why) if judged else egfr


def _anti_iga(record: PatientRecord, known: Mapping[str, Fact]) -> Fact:
    """The result of antibodies to IgA, or in a word why there is none."""
    fact = _doubted(known.get("anti_iga"))
    if fact.value is None:
        unusable = results_among(_of_serology("anti_iga", record, fact))
        return told_as("not_usable", unusable) if unusable else Fact("not_on_record")
    return Fact(fact.value, fact.evidence, fact.why)


def _state(name: str, results: ChartResults) -> Fact:
    if unusable := results.unusable.get(name):
        return told_as("not_usable", unusable)
    return Fact("on_record" if name in results.facts else "not_on_record")


def _value(name: str, known: Mapping[str, Fact]) -> object:
    return known[name].value if name in known else None


def _doubted(fact: Fact | None) -> Fact:
    """A negative result whose own value says otherwise reassures nobody."""
    if fact is None:
        return Fact(None)
    is_doubtful = fact.value == "not_elevated" and "contradiction" in fact.flags
    return replace(fact, value=None) if is_doubtful else fact


def _of_serology(name: str, record: PatientRecord, fact: Fact) -> list[Unusable]:
    """What could not be used of an antibody: its fact where that decides nothing, and what intake turned away."""
    turned_away = refused(record, (name,))
    cited = set(fact.evidence)
    sources = [source for source in record.sources if source.reference in cited]
    if fact.value is None:
        return [*_undecided(fact, sources), *turned_away]
    return unanswered(turned_away, [source.moment for source in sources])


def _undecided(fact: Fact, sources: list[SourceResource]) -> list[Unusable]:
    if not sources:
        return []
    is_result = any(not _is_absent(source.resource) for source in sources)
    disagree = "results of one day or of unknown order disagree"
    why = disagree if len(sources) > 1 and "contradiction" in fact.flags else fact.why
    newest = max((source.moment for source in sources), key=lambda moment: moment.latest)
    return [Unusable(fact.evidence, why, newest, is_result)]


def _is_absent(resource: Mapping[str, object]) -> bool:
    said = value_of(resource)
    is_judged = resource.get("interpretation") is not None and resource.get("dataAbsentReason") is None
    return isinstance(said, Problem) and said.reason == "data-absent" and not is_judged
