"""Muscle strength by the MRC scale: side differences, weak nerve territories, distal against proximal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.subjects.anatomy.muscles import SIDES, Muscle, in_words

# Of nerves that nobody tested, so many are named one by one.
_MOST_NAMED = 2


@dataclass(frozen=True, slots=True)
class StrengthLimits:
    """MRC grades that decide, from the rule pack.

    ``full_grade``: normal strength. A side difference counts from ``difference_when_strong`` grades when the
    weaker side is above ``strong_above``, else from ``difference_when_weak``. ``named_nerves``: those that a criteria
    set counts by themselves.
    """

    full_grade: Fraction
    strong_above: Fraction
    difference_when_strong: Fraction
    difference_when_weak: Fraction
    named_nerves: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class MuscleGrade:
    """The MRC grade of one muscle on one side on its newest exam day (``None``: day not fully known)."""

    muscle: Muscle
    side: str
    grade: Fraction
    day: date | None
    evidence: tuple[str, ...]


def asymmetry(grades: Sequence[MuscleGrade], limits: StrengthLimits) -> Fact:
    """``present`` when a muscle differs enough between the sides, ``absent`` when every weak muscle was compared."""
    pairs = _pairs(grades)
    unequal = [pair for pair in pairs if _differs(*pair, limits)]
    if unequal:
        return Fact("present", _evidence(sum(unequal, ())), "; ".join(_as_words(*pair) for pair in unequal))
    weak = _weak(grades, limits)
    alone = [grade for grade in weak if not any(grade in pair for pair in pairs)]
    if weak and not alone:
        return Fact("absent", _evidence(sum(pairs, ())), "no weak muscle differs enough from the other side")
    wanted = tuple(f"MRC grade of the {_other(g.side)} {in_words(g.muscle)} on the same exam day" for g in alone)
    why = "a weak muscle has no grade of the other side from the same day" if weak else "no graded muscle is weak"
    return Fact(None, _evidence(weak or grades), why, missing=wanted)


def territories(
    grades: Sequence[MuscleGrade],
    muscles: Collection[Muscle],
    limits: StrengthLimits,
    disputed: Sequence[tuple[Muscle, str]] = (),
) -> Fact:
    """How many nerves, each side on its own, move a weak muscle: those seen, up to those plus the untested.

    ``disputed``: muscles, each with its side, of which grades of one day differ: a clear one is wanted first.
    """
    weak = _weak(grades, limits)
    seen = {(grade.muscle.nerve, grade.side) for grade in weak if grade.muscle.nerve}
    tested = {(grade.muscle.nerve, grade.side) for grade in grades}
    untested = {(muscle.nerve, side) for muscle in muscles if muscle.is_asked_for for side in SIDES} - tested
    named = ", ".join(sorted(f"{side} {nerve}" for nerve, side in seen)) or "none"
    clear = [f"one MRC grade of the {side} {in_words(muscle)}, of which two differ" for muscle, side in disputed]
    wanted = (*clear, *_of_nerves(sorted(untested, key=lambda each: (*_rank(each[0], limits), each[1]))))
    value = Range(Fraction(len(seen)), Fraction(len(seen) + len(untested)))
    why = f"weak by MRC grade: {named}; {len(untested)} territories not tested"
    return Fact(value, _evidence(weak or grades), why, missing=wanted)


def _of_nerves(untested: Sequence[tuple[str, str]]) -> list[str]:
    """What is wanted of nerves that nobody tested: of many any, with the one that is looked at first for example."""
    if len(untested) > _MOST_NAMED:
        nerve, side = untested[0]
        return [f"MRC grades of muscles of further nerves, such as the {side} {nerve}"]
    return [f"MRC grades for the {side} {nerve} nerve" for nerve, side in untested]


def _rank(nerve: str, limits: StrengthLimits) -> tuple[int, str]:
    """The nerves that criteria name come first, in the order of these."""
    named = list(limits.named_nerves)
    return (named.index(nerve) if nerve in named else len(named), nerve)


def named_territories(grades: Sequence[MuscleGrade], muscles: Collection[Muscle], limits: StrengthLimits) -> Fact:
    """The same of the nerves that a criteria set names, and of no others."""
    mine = [grade for grade in grades if grade.muscle.nerve in limits.named_nerves]
    return territories(mine, [muscle for muscle in muscles if muscle.nerve in limits.named_nerves], limits)


def distal_against_proximal(grades: Sequence[MuscleGrade], limits: StrengthLimits) -> Fact:
    """``present`` when distal muscles are weaker on average, in the limbs that hold a weak muscle."""
    affected = {(grade.muscle.limb, grade.side) for grade in _weak(grades, limits)}
    distal: list[MuscleGrade] = []
    proximal: list[MuscleGrade] = []
    for limb in sorted(affected):
        far = [grade for grade in grades if _limb(grade) == limb and grade.muscle.position == "distal"]
        near = [grade for grade in grades if _limb(grade) == limb and grade.muscle.position == "proximal"]
        if far and near:
            distal += far
            proximal += near
    if not distal:
        why = "no weak limb has both distal and proximal muscles graded" if affected else "no graded muscle is weak"
        return Fact(None, _evidence(grades), why, missing=("MRC grades of distal and proximal muscles of a weak limb",))
    is_weaker = _mean(distal) < _mean(proximal)
    why = f"distal muscles are {'weaker than' if is_weaker else 'no weaker than'} proximal ones in the weak limbs"
    return Fact("present" if is_weaker else "absent", _evidence(distal + proximal), why)


def weakest(grades: Sequence[MuscleGrade]) -> Fact:
    """The lowest grade, of whatever muscle."""
    lowest = min(grade.grade for grade in grades)
    return Fact(Range.exactly(lowest), _evidence([grade for grade in grades if grade.grade == lowest]))


Pair = tuple[MuscleGrade, MuscleGrade]


def _weak(grades: Sequence[MuscleGrade], limits: StrengthLimits) -> list[MuscleGrade]:
    return [grade for grade in grades if grade.grade < limits.full_grade]


def _pairs(grades: Sequence[MuscleGrade]) -> list[Pair]:
    left = {grade.muscle.name: grade for grade in grades if grade.side == "left"}
    right = {grade.muscle.name: grade for grade in grades if grade.side == "right"}
    both = [(left[name], right[name]) for name in left if name in right]
    return [(one, other) for one, other in both if one.day is not None and one.day == other.day]


def _differs(one: MuscleGrade, other: MuscleGrade, limits: StrengthLimits) -> bool:
    # The guideline does not say which side's strength chooses the limit; the weaker side is the cautious reading.
    is_strong = min(one.grade, other.grade) > limits.strong_above
    needed = limits.difference_when_strong if is_strong else limits.difference_when_weak
    return abs(one.grade - other.grade) >= needed


def _mean(grades: Sequence[MuscleGrade]) -> Fraction:
    return sum((grade.grade for grade in grades), Fraction(0)) / len(grades)


def _limb(grade: MuscleGrade) -> tuple[str, str]:
    return grade.muscle.limb, grade.side


def _other(side: str) -> str:
    return "right" if side == "left" else "left"


def _as_words(left: MuscleGrade, right: MuscleGrade) -> str:
    weaker = left if left.grade < right.grade else right
    return f"{in_words(left.muscle)} is weaker on the {weaker.side} by MRC grade"


def _evidence(grades: Sequence[MuscleGrade]) -> tuple[str, ...]:
    return in_order(reference for grade in grades for reference in grade.evidence)
