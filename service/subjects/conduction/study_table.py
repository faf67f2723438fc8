"""The picture of a study in words: a row for each response, graded segment and sensory nerve."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from service.knowledge.words import number
from service.subjects.conduction.grading import GradedSegment
from service.subjects.conduction.nerves import SITES, NerveStudy, SiteResponse, in_words
from service.subjects.conduction.section import GRADE_WORDS, change_in_words
from service.subjects.conduction.sensory import SensoryFinding
from service.subjects.conduction.sessions import newest

HEADS = ("Nerve", "At, or from and to", "Amplitude", "Area", "Duration", "What it is")


def rows(
    studies: Sequence[NerveStudy],
    graded: Sequence[GradedSegment],
    sensory: Mapping[tuple[str, str], SensoryFinding],
) -> Iterator[tuple[str, ...]]:
    """Rows of cells as ``HEADS`` names them, of the newest session of each nerve."""
    for study in newest(studies, "motor"):
        name = f"{study.side} {in_words(study.nerve)}, motor"
        for site in sorted(study.sites, key=SITES.index):
            yield (name, in_words(site), *_measured(study.sites[site]))
        for each in graded:
            if each.nerve == (study.nerve, study.side):
                yield (name, *_graded_row(each))
    for finding in sensory.values():
        yield (f"{finding.side} {in_words(finding.nerve)}, sensory", "", "", "", "", f"{finding.status}: {finding.why}")


def _measured(response: SiteResponse) -> tuple[str, ...]:
    limit = f" (at least {number(response.lln_amplitude_mv, 1)})" if response.lln_amplitude_mv is not None else ""
    return (
        f"{_told(response.amplitude_mv, 'mV')}{limit}",
        _told(response.area_mv_ms, "mV·ms"),
        _told(response.duration_ms, "ms"),
        "no response" if response.absent else "response",
    )


def _graded_row(each: GradedSegment) -> tuple[str, ...]:
    segment = each.segment
    falls = [
        change_in_words(-loss) if loss is not None else ""
        for loss in (segment.amplitude_reduction_percent, segment.area_reduction_percent)
    ]
    rise = segment.duration_increase_percent
    where = f"{in_words(segment.distal_site)} to {in_words(segment.proximal_site)}"
    return (where, *falls, change_in_words(rise) if rise is not None else "", GRADE_WORDS[each.grade])


def _told(value: Fraction | None, unit: str) -> str:
    return f"{number(value, 1)} {unit}" if value is not None else ""
