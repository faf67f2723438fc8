"""Nerve studies that a newer session of the same nerve has replaced."""

from collections.abc import Collection, Sequence

from service.domain.facts import Excluded
from service.subjects.conduction.fitting import MOST_APART
from service.subjects.conduction.nerves import NerveStudy
from service.subjects.conduction.sessions import by_nerve, sessions_of

_A_PAIR = 2


def studies_without_a_segment(studies: Sequence[NerveStudy]) -> list[Excluded]:
    """A row for each motor study of which only one site can be read: a loss takes two."""
    return [
        Excluded(study.evidence[0], "not-evidence", "one stimulation site can be read; a loss takes a second one")
        for study in studies
        if study.kind == "motor" and len(study.sites) < _A_PAIR and study.evidence
    ]


def studies_over_limit(studies: Sequence[NerveStudy]) -> list[Excluded]:
    """A row for each resource of a study that was not compared, as too many of one nerve and day contradict."""
    left_out = [
        study
        for kind in ("motor", "sensory")
        for of_nerve in by_nerve(studies, kind).values()
        for session in sessions_of(of_nerve)
        for study in session.left_out
    ]
    why = f"over {MOST_APART} studies of this nerve and day contradict each other, so none is graded"
    return [Excluded(reference, "over-limit", why) for study in left_out for reference in study.evidence]


def replaced_studies(studies: Sequence[NerveStudy], cited: Collection[str]) -> list[Excluded]:
    """A row for every resource of an earlier session that is not ``cited`` as history beside a newer one."""
    earlier = [
        study
        for kind in ("motor", "sensory")
        for of_nerve in by_nerve(studies, kind).values()
        for session in sessions_of(of_nerve)
        if not session.is_latest
        for study in session.studies
    ]
    references = dict.fromkeys(reference for study in earlier for reference in study.evidence)
    return [
        Excluded(reference, "older", "a newer study of this nerve counts")
        for reference in references
        if reference not in cited
    ]
