"""Nerves: where they may be stimulated, and what a nerve conduction study found there.

All numbers are exact (``Fraction``) or ``None`` for unknown; units stand in the names. What was stated as a bound, such
as "<20 m/s", is no number: it stands beside as ``..._bound`` where it may decide by itself.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from fractions import Fraction

from service.domain.immutable import immutable
from service.domain.moments import Moment
from service.fhir.values.results import Measured

# Every site of the code system, from distal to proximal; used where a nerve has no order of its own.
SITES = (
    "palm",
    "wrist",
    "forearm",
    "ankle",
    "below-elbow",
    "elbow",
    "above-elbow",
    "below-fibular-head",
    "popliteal-fossa",
    "knee",
    "spiral-groove",
    "axilla",
    "erb",
    "root",
)
SITE_WORDS = {
    "erb": "Erb's point",
    "root": "the nerve root",
    "forearm": "the forearm",
    "below-elbow": "below the elbow",
    "above-elbow": "above the elbow",
    "spiral-groove": "the spiral groove",
    "below-fibular-head": "below the fibular head",
    "popliteal-fossa": "the popliteal fossa",
}


def site_in_words(site: str) -> str:
    """A site as a sentence names it: "below the elbow"."""
    return SITE_WORDS.get(site, f"the {site}")


def at_site(site: str) -> str:
    """Where something was done, as a sentence says it: "at the wrist", "below the elbow"."""
    words = site_in_words(site)
    return words if words.startswith(("above", "below")) else f"at {words}"


def in_words(name: str) -> str:
    """A nerve, muscle or site without the marks of its name: "below elbow"."""
    return name.replace("_", " ").replace("-", " ")


@immutable
class SiteResponse:
    """The compound muscle action potential (CMAP) after stimulation at one site.

    Amplitude, area and duration are those of the negative peak; ``peak_to_peak_mv`` is only shown.
    ``absent``: stimulated, and no response came. ``supramaximal`` is ``None`` when nobody said.
    ``unreadable`` names the measurements that were sent but could not be used.
    """

    amplitude_mv: Fraction | None = None
    area_mv_ms: Fraction | None = None
    duration_ms: Fraction | None = None
    latency_ms: Fraction | None = None
    latency_upper_limit_ms: Fraction | None = None
    peak_to_peak_mv: Fraction | None = None
    lln_amplitude_mv: Fraction | None = None
    supramaximal: bool | None = None
    absent: bool = False
    latency_bound: Measured | None = None
    area_bound: Measured | None = None
    unreadable: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = field(default=(), compare=False)

    @property
    def area_at_least(self) -> Fraction | None:
        """What its area surely reaches, in mV.ms."""
        is_bound = self.area_bound is not None and self.area_bound.sign in (">", ">=")
        return self.area_bound.number if self.area_bound is not None and is_bound else self.area_mv_ms

    @property
    def area_at_most(self) -> Fraction | None:
        """What its area surely does not exceed, in mV.ms."""
        is_bound = self.area_bound is not None and self.area_bound.sign in ("<", "<=")
        return self.area_bound.number if self.area_bound is not None and is_bound else self.area_mv_ms

    @property
    def response(self) -> str | None:
        """``present``, ``absent``, or ``None`` when nothing readable says either."""
        if self.absent:
            return "absent"
        readings = (self.amplitude_mv, self.area_mv_ms, self.duration_ms, self.latency_ms, self.peak_to_peak_mv)
        return "present" if any(reading for reading in readings) else None


@immutable
class SegmentVelocity:
    """Conduction velocity with its lower limit of normal, and distance, between two sites of a motor nerve."""

    velocity_m_per_s: Fraction | None = None
    lower_limit_m_per_s: Fraction | None = None
    distance_mm: Fraction | None = None
    velocity_bound: Measured | None = None


@immutable
class SensoryMeasure:
    """One measured value of a sensory study, such as ``wrist.snap-amplitude``.

    ``lower_limit`` and ``upper_limit`` are in the unit of ``value``. ``interpretation`` is the sender's own
    ``normal`` or ``abnormal``. ``absent``: stimulated, and no response came.
    ``readable`` is False when a value was sent that could not be used.
    """

    site: str
    measurement: str
    value: Fraction | None = None
    lower_limit: Fraction | None = None
    upper_limit: Fraction | None = None
    interpretation: str | None = None
    absent: bool = False
    readable: bool = True
    flags: tuple[str, ...] = ()
    bound: Measured | None = None


@immutable
class NerveStudy:
    """One study of one nerve on one side, however many resources it came in.

    ``kind`` is ``motor`` (then ``sites``) or ``sensory`` (then ``sensory`` and ``interpretations``, the
    sender's words on the whole study). ``day`` is ``None`` when the date is partial or missing.
    """

    nerve: str
    side: str
    kind: str
    day: date | None
    moment: Moment
    muscle: str | None = None
    sites: Mapping[str, SiteResponse] = field(default_factory=dict)
    segments: Mapping[tuple[str, str], SegmentVelocity] = field(default_factory=dict)
    sensory: tuple[SensoryMeasure, ...] = ()
    interpretations: tuple[str, ...] = ()
    f_wave_latency_ms: Fraction | None = None
    f_wave_upper_limit_ms: Fraction | None = None
    f_wave_bound: Measured | None = None
    temperature_celsius: Fraction | None = None
    flags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = field(default=(), compare=False)


@immutable
class SegmentRule:
    """What a loss between two sites may mean: ``role`` is counts, left_out or spans_entrapment.

    ``long`` is ``None`` where it is not known whether the guideline's long segments cover the pair.
    ``entrapment`` names the common entrapment site at which a loss between the two sites lies.
    """

    role: str
    long: bool | None = False
    erb: bool = False
    region: str = ""
    why: str = ""
    entrapment: str = ""


@immutable
class Crossover:
    """Martin-Gruber: the segment whose fall another nerve's fibres may explain, and where that shows."""

    segment: tuple[str, str]
    nerve: str
    distal: str
    proximal: tuple[str, ...]


@immutable
class NerveAnatomy:
    """One motor nerve: its sites from distal to proximal and what each pair of them means."""

    nerve: str
    limb: str
    sites: tuple[str, ...]
    segments: Mapping[tuple[str, str], SegmentRule]
    sensory: tuple[str, ...]
    source: str
    crossover: Crossover | None = None


def joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    """All words of the parts, each once, in order."""
    return tuple(dict.fromkeys(word for part in parts for word in part))
