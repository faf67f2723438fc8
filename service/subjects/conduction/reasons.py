"""Why a segment got its grade, in plain sentences, and what would settle an open one."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from service.domain.conclusions import Verdict
from service.domain.immutable import immutable
from service.subjects.conduction.declares import Rule
from service.subjects.conduction.nerves import SiteResponse, at_site, site_in_words
from service.subjects.conduction.segment import MotorSegment

_SUPRAMAXIMAL = "supramaximal stimulation"


@immutable
class Obstacle:
    """One reason why a segment stays open; ``missing`` is what to supply, in words."""

    reason: str
    missing: str = ""


Verdicts = Mapping[str, Verdict]
_OPPOSITE = {"falls": "rises", "rises": "falls"}


def what_was_found(segment: MotorSegment) -> tuple[str, ...]:
    """The percentages that are known, in one sentence."""
    if segment.proximal.absent and segment.area_reduction_percent is not None:
        return (
            f"{place_in_words(segment)}: no response {at_site(segment.proximal_site)} with supramaximal stimulation.",
        )
    changes = [
        _change("negative-peak area", segment.area_reduction_percent, "falls"),
        _change("negative-peak amplitude", segment.amplitude_reduction_percent, "falls"),
        _change("duration", segment.duration_increase_percent, "rises"),
    ]
    told = ", ".join(change for change in changes if change)
    return (f"{place_in_words(segment)}: {told}.",) if told else ()


def why_not_counted(segment: MotorSegment) -> str:
    """Why a loss in this segment is not held for conduction block, whatever its size."""
    if segment.rule.role != "left_out":
        return "Up to Erb's point a loss of this size is not counted."
    return f"Not counted from {_distal(segment)} to {_proximal(segment)}: {segment.rule.why or 'by rule'}."


def obstacles(segment: MotorSegment, verdicts: Verdicts) -> list[Obstacle]:
    """What keeps the segment from being graded; a ground that spoils all the others stands alone."""
    for ground in (_unordered, _spans, _distal_response, _proximal_response, _crossover, _submaximal):
        found = ground(segment, verdicts)
        if found:
            return [found]
    found_measures = (ground(segment, verdicts) for ground in (_area, _erb, _duration, _long))
    return [found for found in found_measures if found]


def place_in_words(segment: MotorSegment) -> str:
    """Nerve, side and sites, as a sentence begins: Right ulnar nerve, the wrist to below the elbow."""
    name = f"{segment.side} {segment.nerve.replace('-', ' ')} nerve".capitalize()
    return f"{name}, {_distal(segment)} to {_proximal(segment)}"


def percent_text(value: Fraction, decimals: int = 1) -> str:
    """A number for display, rounded half away from zero."""
    scale = 10**decimals
    # In whole numbers: arithmetic of Fractions is slow.
    numerator, denominator = value.as_integer_ratio()
    tenths = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    sign = "-" if numerator < 0 and tenths else ""
    return f"{sign}{tenths // scale}.{tenths % scale:0{decimals}d}"


def _unordered(segment: MotorSegment, _: Verdicts) -> Obstacle | None:
    if not segment.is_unordered:
        return None
    return Obstacle(
        f"Studies of the {segment.side} {segment.nerve} nerve differ and cannot be put in order of time; "
        "none of them is graded. Send their full dates.",
        _wanted(segment, "dates of the studies"),
    )


def _spans(segment: MotorSegment, _: Verdicts) -> Obstacle | None:
    if segment.rule.role != "spans_entrapment":
        return None
    places = " or ".join(map(at_site, segment.helpful_sites))
    way_out = f" Stimulate {places} as well." if places else " Study the neighbouring segments."
    return Obstacle(
        f"The segment from {_distal(segment)} to {_proximal(segment)} holds a common entrapment site; "
        f"a fall of the response cannot be placed on either side of it.{way_out}",
        _wanted(segment, f"stimulation {places}") if places else "",
    )


def _distal_response(segment: MotorSegment, verdicts: Verdicts) -> Obstacle | None:
    verdict = verdicts.get(Rule.DISTAL_RESPONSE_ADEQUATE, Verdict.UNKNOWN)
    place = at_site(segment.distal_site)
    if verdict is Verdict.MET:
        return None
    if segment.distal.absent:
        return Obstacle(f"No response {place}: the nerve is inexcitable there, and block cannot be assessed.")
    if verdict is Verdict.NOT_MET:
        return Obstacle(
            f"Axonal loss: the distal response {place}{_amplitude(segment.distal)} is too small to read a loss "
            "against; conduction block is not assessable."
        )
    if segment.distal.amplitude_mv is None:
        return _unmeasured(segment, ("amplitude", segment.distal_site, segment.distal))
    return Obstacle(
        f"The lower limit of normal of the distal amplitude {place} is not known, and the amplitude"
        f"{_amplitude(segment.distal)} is too small to do without. Send it as referenceRange.",
        _wanted(segment, "lower limit of the amplitude", at_site(segment.distal_site)),
    )


def _proximal_response(segment: MotorSegment, verdicts: Verdicts) -> Obstacle | None:
    verdict = verdicts.get(Rule.PROXIMAL_LOSS_CONFIRMED, Verdict.UNKNOWN)
    if verdict is Verdict.MET:
        return None
    if not segment.proximal.absent:
        return _unmeasured(segment, ("area", segment.proximal_site, segment.proximal))
    return Obstacle(
        f"No response {at_site(segment.proximal_site)}, and supramaximal stimulation there is not confirmed: "
        "the nerve may have been missed. Confirm site and stimulation.",
        _wanted(segment, _SUPRAMAXIMAL, f"{at_site(segment.proximal_site)}, confirmed"),
    )


def _crossover(segment: MotorSegment, verdicts: Verdicts) -> Obstacle | None:
    if verdicts.get(Rule.CROSSOVER_EXCLUDED, Verdict.UNKNOWN) is Verdict.MET:
        return None
    return Obstacle(
        "The median response is larger at the elbow than at the wrist: a Martin-Gruber anastomosis may explain the "
        "fall. Check for crossover by stimulating the median nerve at the elbow and recording over the ulnar muscle.",
        _wanted(segment, "check for a Martin-Gruber crossover"),
    )


def _submaximal(segment: MotorSegment, _: Verdicts) -> Obstacle | None:
    sites = [
        name
        for name, site in ((segment.distal_site, segment.distal), (segment.proximal_site, segment.proximal))
        if site.supramaximal is False
    ]
    if not sites:
        return None
    where = " and ".join(map(at_site, sites))
    return Obstacle(
        f"Stimulation {where} was not supramaximal, so the true fall is not known. Repeat it supramaximally.",
        _wanted(segment, _SUPRAMAXIMAL, where),
    )


def _area(segment: MotorSegment, _: Verdicts) -> Obstacle | None:
    if segment.area_reduction_percent is not None:
        return None
    measures = _without(segment, lambda site: site.area_mv_ms)
    hint = ""
    if segment.amplitude_reduction_percent is not None:
        suggests = "suggests" if segment.amplitude_suggests_block else "does not suggest"
        fall = percent_text(segment.amplitude_reduction_percent)
        hint = f" The negative-peak amplitude falls by {fall} %, which {suggests} a block but does not establish one."
    return Obstacle(
        f"The negative-peak area {_named(measures)} is not known.{hint}",
        _wanted(segment, "negative-peak area", _named(measures)),
    )


def _duration(segment: MotorSegment, _: Verdicts) -> Obstacle | None:
    if segment.duration_increase_percent is not None or segment.proximal.absent:
        return None
    measures = _without(segment, lambda site: site.duration_ms)
    return Obstacle(
        f"The negative-peak duration {_named(measures)} is not known, so dispersion cannot be told from block.",
        _wanted(segment, "negative-peak duration", _named(measures)),
    )


def _erb(segment: MotorSegment, _: Verdicts) -> Obstacle | None:
    if not segment.rule.erb or segment.proximal.supramaximal:
        return None
    return Obstacle(
        f"Supramaximal stimulation {at_site(segment.proximal_site)} is not confirmed; "
        "a loss there counts only with it.",
        _wanted(segment, _SUPRAMAXIMAL, f"{at_site(segment.proximal_site)}, confirmed"),
    )


def _long(segment: MotorSegment, _: Verdicts) -> Obstacle | None:
    if segment.rule.long is not None or segment.rule.erb:
        return None
    places = " or ".join(map(at_site, segment.helpful_sites))
    return Obstacle(
        f"The guideline does not say whether the whole way from {_distal(segment)} to {_proximal(segment)} is one "
        "long segment; a moderate loss over it is left open.",
        _wanted(segment, f"stimulation {places}") if places else "",
    )


def _unmeasured(segment: MotorSegment, what: tuple[str, str, SiteResponse]) -> Obstacle:
    measure, site, response = what
    state = "was sent but cannot be read" if measure in response.unreadable else "is not known"
    return Obstacle(
        f"The negative-peak {measure} {at_site(site)} {state}; without it the segment cannot be graded.",
        _wanted(segment, f"negative-peak {measure}", at_site(site)),
    )


def _without(segment: MotorSegment, measure: Callable[[SiteResponse], Fraction | None]) -> list[str]:
    ends = ((segment.distal_site, segment.distal), (segment.proximal_site, segment.proximal))
    missing = [name for name, site in ends if measure(site) is None and not site.absent]
    return missing or [segment.distal_site, segment.proximal_site]


def _amplitude(site: SiteResponse) -> str:
    return "" if site.amplitude_mv is None else f" ({percent_text(site.amplitude_mv, 2)} mV)"


def _change(what: str, percent: Fraction | None, verb: str) -> str:
    if percent is None:
        return ""
    # By its numerator: arithmetic of Fractions is slow.
    is_opposite = percent.numerator < 0
    return f"{what} {_OPPOSITE[verb] if is_opposite else verb} by {percent_text(percent).removeprefix('-')} %"


def _wanted(segment: MotorSegment, what: str, where: str = "") -> str:
    """What would settle a segment; a card names it by the words before the colon."""
    wanted = f"{what}, {segment.side} {segment.nerve.replace('-', ' ')}"
    return f"{wanted}: {where}" if where else wanted


def _named(sites: list[str]) -> str:
    return " and ".join(map(at_site, sites))


def _distal(segment: MotorSegment) -> str:
    return site_in_words(segment.distal_site)


def _proximal(segment: MotorSegment) -> str:
    return site_in_words(segment.proximal_site)
