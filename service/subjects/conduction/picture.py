"""The study as a picture: for each nerve and side the responses along the limb, their limits, and the graded segments.

Drawn from the newest session of each nerve. All that tells grades apart is shape and words, so that it holds in grey.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from service.domain.reading import Picture
from service.knowledge.words import number
from service.subjects.conduction.grading import GradedSegment
from service.subjects.conduction.nerves import SITES, NerveAnatomy, NerveStudy, SensoryMeasure, SiteResponse, in_words
from service.subjects.conduction.section import GRADE_WORDS, change_in_words
from service.subjects.conduction.sensory import AMPLITUDE, SensoryFinding, sensory_findings
from service.subjects.conduction.sessions import newest
from service.subjects.conduction.study_table import HEADS, rows

if TYPE_CHECKING:
    from jinja2 import Environment

NAME, TITLE = "study", "Nerve conduction study"
# In units of the picture: the first site, the last one, and the height of the largest bar.
_FIRST, _LAST, _TALLEST = 240, 636, 74
_NERVE_HEIGHT, _SENSORY_HEIGHT, _HEAD, _WIDTH = 190, 34, 44, 720
_BAR, _GAP, _LEVEL_HEIGHT = 15, 4, 44
_NOTHING = SiteResponse()


@dataclass(frozen=True, slots=True)
class Bar:
    """One measure at one site: ``x`` from the left, ``height``; ``limit``: below this height the rules see block."""

    x: float
    height: float
    label: str
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One stimulation site. ``lower``: the height of the lower limit of normal of the amplitude."""

    x: float
    name: str
    amplitude: Bar | None
    area: Bar | None
    lower: float | None
    remark: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """One graded segment, from ``x1`` to ``x2``, on its own ``level`` below the sites."""

    x1: float
    x2: float
    level: int
    grade: str
    label: str
    entrapment: str

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return (self.x1 + self.x2) / 2


@dataclass(frozen=True, slots=True)
class Nerve:
    """One motor nerve of one side; ``y``: where its part of the picture begins."""

    name: str
    about: Sequence[str]
    y: float
    height: float
    sites: Sequence[Site]
    stretches: Sequence[Stretch]
    sensory: Sequence[str]


def study_picture(
    studies: Sequence[NerveStudy],
    graded: Sequence[GradedSegment],
    anatomy: Mapping[str, NerveAnatomy],
    definite_area: Fraction,
) -> Picture:
    """The picture of the newest sessions; ``definite_area``: the loss in percent from which block is definite."""
    sensory = {(each.nerve, each.side): each for each in sensory_findings(studies)}
    nerves: list[Nerve] = []
    y: float = _HEAD
    for study in newest(studies, "motor"):
        nerve = _nerve(study, graded, _of_nerve(study, anatomy, sensory, studies), y, definite_area)
        nerves.append(nerve)
        y += nerve.height
    shown = {key for study in newest(studies, "motor") for key in _sensory_keys(study, anatomy)}
    others = [_sensory_line(finding, studies) for key, finding in sensory.items() if key not in shown]
    svg = (
        _environment()
        .get_template("picture.svg")
        .render(
            nerves=nerves,
            others=others,
            y=y,
            width=_WIDTH,
            height=y + (_SENSORY_HEIGHT * bool(others)) + 20 * len(others) + 8,
        )
    )
    return Picture(NAME, TITLE, svg, HEADS, tuple(rows(studies, graded, sensory)))


def _nerve(
    study: NerveStudy, graded: Sequence[GradedSegment], sensory: Sequence[str], y: float, definite_area: Fraction
) -> Nerve:
    sites = sorted(study.sites, key=SITES.index)
    places = {site: _FIRST + index * (_LAST - _FIRST) / max(len(sites) - 1, 1) for index, site in enumerate(sites)}
    mine = [each for each in graded if each.nerve == (study.nerve, study.side) and _spans(each, places)]
    stretches = list(_stretches(mine, places))
    levels = 1 + max((each.level for each in stretches), default=0)
    about = [in_words(study.muscle)] if study.muscle else []
    about.append(study.day.isoformat() if study.day else "no date")
    return Nerve(
        f"{study.side} {in_words(study.nerve)}".capitalize(),
        about,
        y,
        _NERVE_HEIGHT + _LEVEL_HEIGHT * (levels - 1),
        list(_sites(study, sites, places, definite_area)),
        stretches,
        sensory,
    )


def _spans(each: GradedSegment, places: Mapping[str, float]) -> bool:
    return {each.segment.distal_site, each.segment.proximal_site} <= places.keys()


def _sites(
    study: NerveStudy, sites: Sequence[str], places: Mapping[str, float], definite_area: Fraction
) -> Iterator[Site]:
    responses = [study.sites[site] for site in sites]
    tallest = max((each.amplitude_mv for each in responses if each.amplitude_mv), default=None)
    largest = max((each.area_mv_ms for each in responses if each.area_mv_ms), default=None)
    left = 1 - definite_area / 100
    for index, (site, response) in enumerate(zip(sites, responses, strict=True)):
        before = responses[index - 1] if index else _NOTHING
        x = places[site]
        limit = _height(before.area_mv_ms * left if before.area_mv_ms is not None else None, largest)
        lower = _height(response.lln_amplitude_mv, tallest)
        yield Site(
            x,
            in_words(site),
            _bar(x - _BAR - _GAP / 2, response.amplitude_mv, tallest, "mV"),
            _bar(x + _GAP / 2, response.area_mv_ms, largest, "mV·ms", limit),
            min(lower, _TALLEST + 12) if lower is not None else None,
            "no response" if response.absent else "",
        )


def _bar(
    x: float, value: Fraction | None, largest: Fraction | None, unit: str, limit: float | None = None
) -> Bar | None:
    height = _height(value, largest)
    return None if value is None or height is None else Bar(x, height, f"{number(value, 1)} {unit}", limit)


def _height(value: Fraction | None, largest: Fraction | None) -> float | None:
    if value is None or not largest:
        return None
    return round(float(value / largest) * _TALLEST, 1)


def _stretches(graded: Sequence[GradedSegment], places: Mapping[str, float]) -> Iterator[Stretch]:
    """The segments, those that overlap one below the other."""
    taken: list[float] = []
    for each in sorted(graded, key=lambda one: places[one.segment.proximal_site] - places[one.segment.distal_site]):
        x1, x2 = places[each.segment.distal_site], places[each.segment.proximal_site]
        level = 0
        while any(start < x2 and x1 < end for start, end in _on(level, taken)):
            level += 1
        taken += [float(level), x1, x2]
        entrapment = each.segment.rule.entrapment
        yield Stretch(x1, x2, level, each.grade, _label(each), in_words(entrapment) if entrapment else "")


def _on(level: int, taken: Sequence[float]) -> Iterator[tuple[float, float]]:
    for index in range(0, len(taken), 3):
        if taken[index] == level:
            yield taken[index + 1], taken[index + 2]


def _label(each: GradedSegment) -> str:
    loss = each.segment.area_reduction_percent
    by_what = "area"
    if loss is None:
        loss, by_what = each.segment.amplitude_reduction_percent, "amplitude"
    return f"{by_what} {change_in_words(-loss)}" if loss is not None else ""


def _sensory_keys(study: NerveStudy, anatomy: Mapping[str, NerveAnatomy]) -> list[tuple[str, str]]:
    known = anatomy.get(study.nerve)
    return [(name, study.side) for name in (known.sensory if known else (study.nerve,))]


def _of_nerve(
    study: NerveStudy,
    anatomy: Mapping[str, NerveAnatomy],
    sensory: Mapping[tuple[str, str], SensoryFinding],
    studies: Sequence[NerveStudy],
) -> list[str]:
    return [_sensory_line(sensory[key], studies) for key in _sensory_keys(study, anatomy) if key in sensory]


def _sensory_line(finding: SensoryFinding, studies: Sequence[NerveStudy]) -> str:
    measures = [
        measure
        for study in newest(studies, "sensory")
        if (study.nerve, study.side) == (finding.nerve, finding.side)
        for measure in study.sensory
        if measure.measurement == AMPLITUDE
    ]
    told = ", ".join(filter(None, map(_amplitude, measures)))
    return f"{finding.side} {in_words(finding.nerve)}: {finding.status}{f' ({told})' if told else ''}"


def _amplitude(measure: SensoryMeasure) -> str:
    if measure.absent:
        return f"{measure.site}: no response"
    if measure.value is None:
        return ""
    limit = f", at least {number(measure.lower_limit, 1)}" if measure.lower_limit is not None else ""
    return f"{measure.site}: {number(measure.value, 1)} µV{limit}"


@cache
def _environment() -> "Environment":
    # Most evaluations are never drawn.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["grades"] = GRADE_WORDS
    return made
