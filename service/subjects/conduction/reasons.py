"""Why a segment got its grade, and what would settle an open one, in the sentences of ``reasons/conduction.yaml``."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from service.domain.conclusions import Verdict
from service.domain.immutable import immutable
from service.knowledge.sentences import Say
from service.subjects.conduction.declares import Rule
from service.subjects.conduction.nerves import SiteResponse, at_site, site_in_words
from service.subjects.conduction.segment import MotorSegment


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
        _change("negative-peak area", segment.area_reduction_percent, "falls")
        or _at_least(_change("negative-peak area", segment.area_loss_at_least, "falls")),
        _change("negative-peak amplitude", segment.amplitude_reduction_percent, "falls"),
        _change("duration", segment.duration_increase_percent, "rises"),
    ]
    told = ", ".join(change for change in changes if change)
    return (f"{place_in_words(segment)}: {told}.",) if told else ()


def _at_least(change: str) -> str:
    return f"{change} or more" if change else ""


def why_not_counted(segment: MotorSegment, say: Say) -> str:
    """Why a loss in this segment is not held for conduction block, whatever its size."""
    if segment.rule.role != "left_out":
        return say("erb_loss_too_small")
    return say("left_out", distal=_distal(segment), proximal=_proximal(segment), why=segment.rule.why or "by rule")


def obstacles(segment: MotorSegment, verdicts: Verdicts, say: Say) -> list[Obstacle]:
    """What keeps the segment from being graded; a ground that spoils all the others stands alone."""
    for ground in (_unordered, _spans, _distal_response, _proximal_response, _crossover, _submaximal):
        found = ground(segment, verdicts, say)
        if found:
            return [found]
    found_measures = (ground(segment, verdicts, say) for ground in (_area, _erb, _duration, _long))
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


def _unordered(segment: MotorSegment, _: Verdicts, say: Say) -> Obstacle | None:
    if not segment.is_unordered:
        return None
    reason = say("unordered_sessions", side=segment.side, nerve=segment.nerve)
    return Obstacle(reason, _wanted(segment, say("wanted_dates")))


def _spans(segment: MotorSegment, _: Verdicts, say: Say) -> Obstacle | None:
    if segment.rule.role != "spans_entrapment":
        return None
    sites = " or ".join(map(at_site, segment.helpful_sites))
    distal, proximal = _distal(segment), _proximal(segment)
    if not sites:
        return Obstacle(say("entrapment_without_a_way_out", distal=distal, proximal=proximal))
    wanted = _wanted(segment, say("wanted_stimulation", sites=sites))
    return Obstacle(say("entrapment_between", distal=distal, proximal=proximal, sites=sites), wanted)


def _distal_response(segment: MotorSegment, verdicts: Verdicts, say: Say) -> Obstacle | None:
    verdict = verdicts.get(Rule.DISTAL_RESPONSE_ADEQUATE, Verdict.UNKNOWN)
    place = at_site(segment.distal_site)
    if verdict is Verdict.MET:
        return None
    if segment.distal.absent:
        return Obstacle(say("inexcitable", place=place))
    amplitude = _amplitude(segment.distal)
    if verdict is Verdict.NOT_MET:
        return Obstacle(say("axonal_loss", place=place, amplitude=amplitude))
    if segment.distal.amplitude_mv is None:
        return _unmeasured(segment, ("amplitude", segment.distal_site, segment.distal), say)
    reason = say("lower_limit_unknown", place=place, amplitude=amplitude)
    return Obstacle(reason, _wanted(segment, say("wanted_lower_limit"), place))


def _proximal_response(segment: MotorSegment, verdicts: Verdicts, say: Say) -> Obstacle | None:
    verdict = verdicts.get(Rule.PROXIMAL_LOSS_CONFIRMED, Verdict.UNKNOWN)
    if verdict is Verdict.MET:
        return None
    if not segment.proximal.absent:
        return _unmeasured(segment, ("area", segment.proximal_site, segment.proximal), say)
    place = at_site(segment.proximal_site)
    return Obstacle(
        say("no_response_unconfirmed", place=place),
        _wanted(segment, say("wanted_supramaximal"), f"{place}, confirmed"),
    )


def _crossover(segment: MotorSegment, verdicts: Verdicts, say: Say) -> Obstacle | None:
    if verdicts.get(Rule.CROSSOVER_EXCLUDED, Verdict.UNKNOWN) is Verdict.MET:
        return None
    return Obstacle(say("crossover"), _wanted(segment, say("wanted_crossover")))


def _submaximal(segment: MotorSegment, _: Verdicts, say: Say) -> Obstacle | None:
    sites = [
        name
        for name, site in ((segment.distal_site, segment.distal), (segment.proximal_site, segment.proximal))
        if site.supramaximal is False
    ]
    if not sites:
        return None
    place = _named(sites)
    return Obstacle(say("submaximal", place=place), _wanted(segment, say("wanted_supramaximal"), place))


def _area(segment: MotorSegment, _: Verdicts, say: Say) -> Obstacle | None:
    if segment.area_reduction_percent is not None:
        return None
    place = _named(_without(segment, lambda site: site.area_mv_ms))
    wanted = _wanted(segment, say("wanted_measure", measure="area"), place)
    if segment.amplitude_reduction_percent is None:
        return Obstacle(say("area_unknown", place=place), wanted)
    fall = percent_text(segment.amplitude_reduction_percent)
    if segment.amplitude_suggests_block:
        return Obstacle(say("area_unknown_amplitude_suggests_block", place=place, fall=fall), wanted)
    return Obstacle(say("area_unknown_amplitude_suggests_none", place=place, fall=fall), wanted)


def _duration(segment: MotorSegment, _: Verdicts, say: Say) -> Obstacle | None:
    if segment.duration_increase_percent is not None or segment.proximal.absent:
        return None
    place = _named(_without(segment, lambda site: site.duration_ms))
    wanted = _wanted(segment, say("wanted_measure", measure="duration"), place)
    return Obstacle(say("duration_unknown", place=place), wanted)


def _erb(segment: MotorSegment, _: Verdicts, say: Say) -> Obstacle | None:
    if not segment.rule.erb or segment.proximal.supramaximal:
        return None
    place = at_site(segment.proximal_site)
    wanted = _wanted(segment, say("wanted_supramaximal"), f"{place}, confirmed")
    return Obstacle(say("erb_unconfirmed", place=place), wanted)


def _long(segment: MotorSegment, _: Verdicts, say: Say) -> Obstacle | None:
    if segment.rule.long is not None or segment.rule.erb:
        return None
    sites = " or ".join(map(at_site, segment.helpful_sites))
    reason = say("way_not_judged", distal=_distal(segment), proximal=_proximal(segment))
    return Obstacle(reason, _wanted(segment, say("wanted_stimulation", sites=sites)) if sites else "")


def _unmeasured(segment: MotorSegment, what: tuple[str, str, SiteResponse], say: Say) -> Obstacle:
    measure, site, response = what
    place = at_site(site)
    wanted = _wanted(segment, say("wanted_measure", measure=measure), place)
    if measure in response.unreadable:
        return Obstacle(say("measure_unreadable", measure=measure, place=place), wanted)
    return Obstacle(say("measure_unknown", measure=measure, place=place), wanted)


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
