"""What a coded lesion of a root or of nerves in one limb may explain: weakness of that limb, and of no other.

It explains only where it is confirmed and active, and never a course that goes on or what shows another disease;
project design, not reviewed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.fhir.intake.records import SourceResource
from service.fhir.values.answers import codings_of
from service.subjects.anatomy.muscles import Muscle
from service.subjects.bedside.diagnoses import CauseTables, is_confirmed, side_of

# What none of them explains, by fact and value.
_NEVER = {
    "progression": ("rapid", "slowly_progressive", "stepwise"),
    "cramps_or_fasciculations": ("present",),
    "marked_bulbar_involvement": ("present",),
    "upper_motor_neuron_signs": ("present",),
}
# Codes of roots tell no side by their last digit.
_NO_ENDINGS = {"": ""}
Place = tuple[str, str]


def limbs_of(muscles: Collection[Muscle]) -> dict[str, str]:
    """The limb of each nerve that moves a muscle."""
    return {muscle.nerve: muscle.limb for muscle in muscles if muscle.nerve}


def weakness_by_root(
    weak: Iterable[tuple[str, str]] | None,
    limbs: Mapping[str, str],
    facts: Mapping[str, Fact],
    sources: Sequence[SourceResource],
    tables: CauseTables,
) -> dict[str, Fact]:
    """Whether a coded lesion of a root may explain the weakness: of ``one_nerve`` or of ``one_limb``.

    ``weak``: nerves and sides of weak muscles by their grades; without grades nothing is explained.
    """
    nerves = set(weak or ())
    places = {(limbs.get(nerve, ""), side) for nerve, side in nerves}
    if len(places) != 1 or any(facts.get(name, Fact(None)).value in words for name, words in _NEVER.items()):
        return {}
    causes = [each for each in sources if is_confirmed(each) and _is_of(each, next(iter(places)), tables)]
    if not causes:
        return {}
    word = "one_nerve" if len(nerves) == 1 and not _is_more(facts) else "one_limb"
    return {"weakness_of_coded_root": Fact(word, in_order(each.reference for each in causes))}


def _is_more(facts: Mapping[str, Fact]) -> bool:
    """Whether more territories are stated to be weak than one."""
    count = facts.get("weak_nerve_territories", Fact(None)).value
    return isinstance(count, Range) and count.low is not None and count.low > 1


def _is_of(source: SourceResource, place: Place, tables: CauseTables) -> bool:
    if not source.concept or source.concept.options.get("weakens_limb") is not True or source.concept.in_words:
        return False
    limb, side = place
    codes = [str(coding.get("code")) for coding in codings_of(source.resource.get("code"))]
    coded = {named for start, named in tables.limbs.items() if any(code.startswith(start) for code in codes)}
    return coded == {limb} and side_of(source.resource, tables, _NO_ENDINGS) in (side, None)
