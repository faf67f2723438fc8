"""The side of the body that a finding is of, and what two sides come to: one is enough, and absence needs both."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.domain.facts import Fact
from service.domain.statements import in_order
from service.fhir.values.answers import codings_of, keys_of, objects_in, plain, text_of
from service.subjects.anatomy.muscles import SIDES, spoken_words
from service.subjects.bedside.plantar import Words
from service.subjects.bedside.presence import answered_side

NO_SIDE = ""


@dataclass(frozen=True, slots=True)
class SideWords:
    """``sides``: ``system|code`` or word to side. ``laterality``: codes of the component that names the side."""

    sides: Mapping[str, str]
    laterality: frozenset[str]


def side_of_finding(observation: Mapping[str, object], plantar: Words | None, words: SideWords) -> str:
    """The one side that an examination is of, by its resource or by its answer; ``NO_SIDE`` of any other resource."""
    if observation.get("resourceType") != "Observation":
        return NO_SIDE
    named, told = _named(observation, words), answered_side(observation, plantar)
    if not told:
        return named
    return next((side for side in SIDES if told == {side} and named in (side, NO_SIDE)), NO_SIDE)


def _named(observation: Mapping[str, object], words: SideWords) -> str:
    """The one side that body site, component or the name of the examination tell; where they tell two, none."""
    named = [*_said(observation.get("bodySite")), *_said(observation.get("code"))]
    parts = objects_in(observation.get("component"))
    named += [word for part in parts if words.laterality.intersection(keys_of(part.get("code"))) for word in _of(part)]
    sides = {words.sides[word] for word in named if word in words.sides}
    return sides.pop() if len(sides) == 1 else NO_SIDE


def _of(component: Mapping[str, object]) -> Iterator[str]:
    yield from _said(component.get("valueCodeableConcept"))
    yield from spoken_words(plain(component.get("valueString")))


def _said(concept: object) -> Iterator[str]:
    yield from keys_of(concept)
    for text in (text_of(concept), *(plain(coding.get("display")) for coding in codings_of(concept))):
        yield from spoken_words(text)


def of_both_sides(facts: Mapping[str, Fact]) -> Fact:
    """What the facts of the sides come to: present on either is present, absent only where both are."""
    deciding = sides_that_decide(facts)
    evidence = in_order(reference for side in deciding for reference in facts[side].evidence)
    flags = in_order(flag for side in deciding for flag in facts[side].flags)
    value = facts[deciding[0]].value
    absent = [side for side in SIDES if facts[side].value == "absent"]
    if value is None and "contradiction" not in flags and absent:
        return _half_absent(facts, absent[0], deciding[0])
    return Fact(value, evidence, "; ".join(in_order(facts[side].why for side in deciding if facts[side].why)), flags)


def _half_absent(facts: Mapping[str, Fact], absent: str, other: str) -> Fact:
    evidence = in_order((*facts[absent].evidence, *facts[other].evidence))
    why = facts[other].why if facts[other].evidence else f"absent on the {absent}; of the {other} nothing is told"
    return Fact(None, evidence, why, facts[other].flags)


def sides_that_decide(facts: Mapping[str, Fact]) -> Sequence[str]:
    """The sides on which it is present; else those that leave it open, contradictions first; else both."""
    kinds = (
        [side for side in SIDES if facts[side].value == "present"],
        [side for side in SIDES if "contradiction" in facts[side].flags],
        [side for side in SIDES if facts[side].value is None],
    )
    return next((sides for sides in kinds if sides), list(SIDES))
