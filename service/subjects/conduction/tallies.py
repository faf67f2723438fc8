"""Counts over the whole nerve conduction study: a sure minimum and a possible maximum."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from service.domain.facts import FINAL_REPORT, Fact, Range
from service.subjects.conduction.grading import BLOCK, DEFINITE, NONE, GradedSegment
from service.subjects.conduction.nerves import NerveAnatomy, NerveStudy, joined
from service.subjects.conduction.section import SensoryBeside
from service.subjects.conduction.sensory import ABNORMAL, LATE, NORMAL, UNKNOWN, SensoryFinding, sensory_findings

Nerve = tuple[str, str]
NO_STUDY = (
    "nerve conduction study: motor study with negative-peak area, to Erb's point, and sensory study of each nerve "
    "with block"
)
_NOT_FINAL = "preliminary"
_NEUROPATHY = "other_neuropathy_condition"
_MORE_NERVES = "motor study of further nerves to Erb's point"


def tallies(
    segments: Sequence[GradedSegment],
    studies: Sequence[NerveStudy],
    anatomy: Mapping[str, NerveAnatomy],
    awaited: Collection[Nerve] = (),
    of_class: Sequence[SensoryFinding] | None = None,
    found: Sequence[SensoryFinding] | None = None,
) -> dict[str, Fact]:
    """The counts of blocked nerves and the sensory summaries, from what ``settled`` kept.

    A nerve is a (nerve, side) and counts once. Where no segment that may count was studied, the counts have
    no upper end; nerves that were never studied add nothing once others have been. ``awaited``: nerves whose sensory
    study is not final yet. ``of_class``: the sensory findings as the class takes them, where these differ.
    ``found``: the sensory findings, where something else explains some of them.
    """
    sensory = sensory_findings(studies) if found is None else found
    counted = sensory if of_class is None else of_class
    sensory_by_nerve = {nerve: _sensory_of(nerve, counted, anatomy, awaited) for nerve in _nerves(segments)}
    of_block = {
        **_counts(segments, sensory_by_nerve),
        "sensory_conduction_where_blocked": _sensory_where_blocked(segments, sensory_by_nerve),
    }
    if not segments and not any(study.kind == "motor" for study in studies):
        # One study would tell all of them.
        of_block = {name: replace(fact, missing=(NO_STUDY,)) for name, fact in of_block.items()}
    return {
        **of_block,
        "abnormal_sensory_in_blocked_nerve": _abnormal_where_blocked(segments, sensory_by_nerve),
        "sensory_studies": _sensory_studies(sensory),
        **_of_entrapment(sensory),
        "sensory_nerves_studied": _sensory_nerves(sensory),
        "motor_nerves_studied": _nerves_studied(segments),
        "erb_stimulated": _erb_stimulated(segments),
        "motor_nerve_study": _motor_study([study for study in studies if study.kind == "motor"]),
    }


def named_beside_a_disease(facts: Mapping[str, Fact], known: Mapping[str, Fact]) -> dict[str, Fact]:
    """Abnormal sensory studies together with the neuropathy of the chart that may explain them, where there is one."""
    sensory, disease = facts["sensory_studies"], known.get(_NEUROPATHY, Fact(None))
    if sensory.value != ABNORMAL or disease.value != "present":
        return {}
    return {"sensory_studies": replace(sensory, why=f"{disease.why} is coded; {sensory.why}")}


def sensory_beside(
    segments: Sequence[GradedSegment], sensory: Sequence[SensoryFinding], anatomy: Mapping[str, NerveAnatomy]
) -> SensoryBeside:
    """The nerves with block whose sensory study is normal, and how many sensory nerves are abnormal."""
    of_block = {
        nerve: _sensory_of(nerve, sensory, anatomy, ())
        for nerve in _nerves([item for item in segments if item.is_block])
    }
    normal = [nerve for nerve, found in of_block.items() if found.status == NORMAL]
    abnormal = sum(finding.status == ABNORMAL or LATE in finding.flags for finding in sensory)
    is_late = any(LATE in of_block[nerve].flags for nerve in normal)
    return SensoryBeside(frozenset(normal), abnormal, is_late)


def _counts(segments: Sequence[GradedSegment], sensory: Mapping[Nerve, SensoryFinding]) -> dict[str, Fact]:
    could_count = [item for item in segments if item.segment.rule.role != "left_out"]
    definite = [item for item in segments if item.grade == DEFINITE]
    block = [item for item in segments if item.is_block]
    maybe_definite = _most_useful_first([item for item in segments if item.may_be_definite], sensory)
    maybe_block = _most_useful_first([item for item in segments if item.may_be_block], sensory)
    facts = {}
    for name, sure, possible in (
        ("nerves_with_definite_block", definite, maybe_definite),
        ("nerves_with_block", block, maybe_block),
    ):
        facts[name] = _count(sure, possible, ends=bool(could_count))
        facts[f"{name}_and_normal_sensory"] = _count_with_sensory(sure, possible, sensory, ends=bool(could_count))
    return facts


def _most_useful_first(
    segments: Sequence[GradedSegment], sensory: Mapping[Nerve, SensoryFinding]
) -> list[GradedSegment]:
    """Open segments of nerves whose sensory study is normal already come first: they take one study less."""
    return sorted(segments, key=lambda item: (NORMAL, UNKNOWN, ABNORMAL).index(sensory[item.nerve].status))


def _count(sure: Sequence[GradedSegment], possible: Sequence[GradedSegment], *, ends: bool) -> Fact:
    high = Fraction(len({*_nerves(sure), *_nerves(possible)})) if ends else None
    value = Range(Fraction(len(_nerves(sure))), high)
    missing = joined(*(item.missing for item in possible))
    return Fact(value, _evidence([*sure, *possible]), _told(sure, possible), missing=missing)


def _count_with_sensory(
    sure: Sequence[GradedSegment],
    possible: Sequence[GradedSegment],
    sensory: Mapping[Nerve, SensoryFinding],
    *,
    ends: bool,
) -> Fact:
    normal = [nerve for nerve in _nerves(sure) if sensory[nerve].status == NORMAL]
    open_nerves = [nerve for nerve in _nerves([*sure, *possible]) if sensory[nerve].status != ABNORMAL]
    value = Range(Fraction(len(normal)), Fraction(len(open_nerves)) if ends else None)
    wanted = tuple(_wanted(item, sensory) for item in [*sure, *possible] if sensory[item.nerve].status == UNKNOWN)
    missing = joined(wanted, *(item.missing for item in possible if item.nerve in open_nerves))
    evidence = joined(
        _evidence([*sure, *possible]), *(sensory[nerve].evidence for nerve in _nerves([*sure, *possible]))
    )
    why = _told(sure, possible)
    told = "; ".join(f"sensory study of the {_name(nerve)} nerve: {sensory[nerve].status}" for nerve in _nerves(sure))
    return Fact(value, evidence, f"{why}; {told}" if told else why, missing=missing)


def _sensory_where_blocked(segments: Sequence[GradedSegment], sensory: Mapping[Nerve, SensoryFinding]) -> Fact:
    """Normal as soon as one nerve with block has a normal study; abnormal when every nerve that may have one has not.

    The classes count nerves one by one, so an abnormal nerve does not undo another one; it is flagged for review.
    """
    blocked = _nerves([item for item in segments if item.is_block])
    possible = _nerves([item for item in segments if item.is_block or item.may_be_block or item.may_be_definite])
    normal = [nerve for nerve in blocked if sensory[nerve].status == NORMAL]
    abnormal = [nerve for nerve in blocked if sensory[nerve].status == ABNORMAL]
    all_abnormal = blocked and all(sensory[nerve].status == ABNORMAL for nerve in possible)
    value = NORMAL if normal else ABNORMAL if all_abnormal else None
    told = [
        f"{status}: {', '.join(map(_name, nerves))}"
        for status, nerves in ((NORMAL, normal), (ABNORMAL, abnormal))
        if nerves
    ]
    why = "; ".join(told) or _nothing_to_judge(blocked)
    evidence, flags = _merged(sensory[nerve] for nerve in (normal + abnormal or blocked))
    late = [nerve for nerve in blocked if LATE in sensory[nerve].flags]
    flags = joined(flags, ("review",) if abnormal or late else ())
    why = f"{why}; low now, late in the course: {', '.join(map(_name, late))}" if late else why
    wanted = [item for item in segments if item.is_block and sensory[item.nerve].status == UNKNOWN]
    missing = tuple(dict.fromkeys(_wanted(item, sensory) for item in wanted)) or _missing_first(segments, sensory)
    return Fact(value, evidence, why, flags, () if value else missing)


def _nothing_to_judge(blocked: Sequence[Nerve]) -> str:
    return "no sensory study of a nerve with block can be judged" if blocked else "no surely blocked nerve to examine"


def _abnormal_where_blocked(segments: Sequence[GradedSegment], sensory: Mapping[Nerve, SensoryFinding]) -> Fact:
    """Whether any nerve with block has an abnormal sensory study: the pattern of Lewis-Sumner syndrome."""
    findings = [sensory[nerve] for nerve in _nerves([item for item in segments if item.is_block])]
    abnormal = [finding for finding in findings if finding.status == ABNORMAL]
    if abnormal:
        evidence, flags = _merged(abnormal)
        names = ", ".join(_name((finding.nerve, finding.side)) for finding in abnormal)
        return Fact("present", evidence, f"sensory conduction abnormal: {names}", flags)
    if findings and all(finding.status == NORMAL for finding in findings):
        return Fact("absent", _merged(findings)[0])
    return Fact(None, why=_nothing_to_judge(_nerves([item for item in segments if item.is_block])))


def _missing_first(segments: Sequence[GradedSegment], sensory: Mapping[Nerve, SensoryFinding]) -> tuple[str, ...]:
    """Without a sure block: a sensory study of the nerve that may have one, or only what would show the block."""
    possible = _most_useful_first([item for item in segments if item.may_be_definite or item.may_be_block], sensory)
    if not possible:
        return ()
    first = possible[0]
    return (_wanted(first, sensory),) if sensory[first.nerve].status == UNKNOWN else first.missing


def _sensory_studies(sensory: Sequence[SensoryFinding]) -> Fact:
    evidence, flags = _merged(sensory)
    if not sensory:
        return Fact(None, why="no sensory nerve was studied", missing=("sensory nerve conduction studies",))
    explained = [finding for finding in sensory if finding.by_entrapment]
    for status in (ABNORMAL, UNKNOWN):
        found = [finding for finding in sensory if finding.status == status]
        if found and found == explained:
            return Fact(None, evidence, _told_of(explained), (*flags, "review"))
        if found:
            told = _told_of(found)
            wanted = tuple(f"{f.nerve} sensory study, {f.side}: SNAP amplitude with its lower limit" for f in found)
            is_known = status == ABNORMAL
            return Fact(status if is_known else None, evidence, told, flags, () if is_known else wanted)
    names = ", ".join(_name((finding.nerve, finding.side)) for finding in sensory)
    return Fact(NORMAL, evidence, f"normal: {names}", flags)


def _told_of(findings: Sequence[SensoryFinding]) -> str:
    """Each with the entrapment that may explain it: "right median (carpal tunnel syndrome): sensory response at …"."""
    causes = [f" ({finding.by_entrapment})" if finding.by_entrapment else "" for finding in findings]
    return "; ".join(
        f"{_name((finding.nerve, finding.side))}{cause}: {finding.why.removeprefix('abnormal: ')}"
        for finding, cause in zip(findings, causes, strict=True)
    )


def _of_entrapment(sensory: Sequence[SensoryFinding]) -> dict[str, Fact]:
    explained = [finding for finding in sensory if finding.by_entrapment]
    if not explained:
        return {"sensory_change_of_entrapment": Fact("not_on_record")}
    return {"sensory_change_of_entrapment": Fact("on_record", _merged(explained)[0], _told_of(explained))}


def _sensory_nerves(sensory: Sequence[SensoryFinding]) -> Fact:
    if not sensory:
        return Fact(None, why="no sensory nerve was studied", missing=("sensory nerve conduction studies",))
    judged = [finding for finding in sensory if finding.status != UNKNOWN]
    names = ", ".join(_name((finding.nerve, finding.side)) for finding in judged) or "none"
    return Fact(Range.exactly(len(judged)), _merged(judged)[0], f"sensory nerves judged: {names}")


def _nerves_studied(segments: Sequence[GradedSegment]) -> Fact:
    if not segments:
        return Fact(None, why="no motor nerve segment was studied", missing=(_MORE_NERVES,))
    readable = [item for item in segments if item.grade in (*BLOCK, NONE)]
    names = ", ".join(_name(nerve) for nerve in _nerves(readable)) or "none"
    value = Range.exactly(len(_nerves(readable)))
    return Fact(value, _evidence(readable), f"nerves with a graded segment: {names}", missing=(_MORE_NERVES,))


def _erb_stimulated(segments: Sequence[GradedSegment]) -> Fact:
    reached = [item for item in segments if item.segment.rule.erb]
    if not segments:
        return Fact(None, why="no motor nerve segment was studied", missing=(_MORE_NERVES,))
    value = "present" if reached else "absent"
    return Fact(value, _evidence(reached), ", ".join(_name(nerve) for nerve in _nerves(reached)) or "nowhere")


def _motor_study(studies: Sequence[NerveStudy]) -> Fact:
    if studies:
        evidence = joined(*(study.evidence for study in studies))
        return Fact("present", evidence, "a motor nerve conduction study can be read")
    return Fact(None, why="no motor nerve conduction study can be read", missing=("motor nerve conduction study",))


def _sensory_of(
    nerve: Nerve,
    sensory: Sequence[SensoryFinding],
    anatomy: Mapping[str, NerveAnatomy],
    awaited: Collection[Nerve],
) -> SensoryFinding:
    """What the accepted sensory nerves of the same side say together: one abnormal one decides."""
    name, side = nerve
    accepted = anatomy[name].sensory if name in anatomy else (name,)
    found = [finding for finding in sensory if finding.side == side and finding.nerve in accepted]
    # What an entrapment explains says nothing of the nerve farther up.
    statuses = {finding.status for finding in found if not finding.by_entrapment}
    status = next((word for word in (ABNORMAL, NORMAL) if word in statuses), UNKNOWN)
    evidence, flags = _merged(found)
    if status == UNKNOWN and any((other, side) in awaited for other in accepted):
        flags = joined(flags, (_NOT_FINAL,))
    return SensoryFinding(name, side, status, "; ".join(finding.why for finding in found), flags, evidence)


def _wanted(item: GradedSegment, sensory: Mapping[Nerve, SensoryFinding]) -> str:
    segment = item.segment
    if _NOT_FINAL in sensory[item.nerve].flags:
        return f"{FINAL_REPORT} of the {segment.side} {segment.nerve} sensory study"
    region = f", in the {segment.rule.region}" if segment.rule.region else ""
    # A fibular block is answered by other sensory nerves than its own.
    name = "sural or superficial fibular" if segment.nerve == "fibular" else segment.nerve
    return f"normal {name} sensory study, {segment.side}{region}"


def _told(sure: Sequence[GradedSegment], possible: Sequence[GradedSegment]) -> str:
    surely = ", ".join(_name(nerve) for nerve in _nerves(sure))
    only_possible = [nerve for nerve in _nerves(possible) if nerve not in _nerves(sure)]
    open_ones = ", ".join(_name(nerve) for nerve in only_possible)
    return surely + ("; " if surely and open_ones else "") + (f"open: {open_ones}" if open_ones else "")


def _nerves(segments: Iterable[GradedSegment]) -> list[Nerve]:
    return list(dict.fromkeys(item.nerve for item in segments))


def _name(nerve: Nerve) -> str:
    return f"{nerve[1]} {nerve[0].replace('-', ' ')}"


def _evidence(segments: Sequence[GradedSegment]) -> tuple[str, ...]:
    return joined(*(item.segment.evidence for item in segments))


def _merged(findings: Iterable[SensoryFinding]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    listed = list(findings)
    return joined(*(finding.evidence for finding in listed)), joined(*(finding.flags for finding in listed))
