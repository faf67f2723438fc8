"""Which nerve, which side and which muscle an Observation speaks of."""

from collections.abc import Iterator, Mapping, Sequence

from service.domain.immutable import immutable
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import Problem, keys_of, objects_in, plain, text_of
from service.subjects.conduction.reading.tables import NCS, NerveTables
from service.subjects.conduction.reading.whole_codes import whole_codes

# A component, and its codes of nerve conduction.
Component = tuple[Mapping[str, object], list[str]]


@immutable
class Place:
    """What one Observation says of nerve, side, recording muscle and kind; ``None`` where it says nothing."""

    nerve: str | None = None
    side: str | None = None
    muscle: str | None = None
    kind: str | None = None


def components_of(observation: Mapping[str, object], mappings: Mappings) -> list[Component]:
    """The components with their codes, which all that reads them asks for."""
    return [(each, canonical_codes(each.get("code"), mappings)) for each in objects_in(observation.get("component"))]


def place_of(
    observation: Mapping[str, object], components: Sequence[Component], mappings: Mappings, tables: NerveTables
) -> Place | Problem:
    """Nerve, side, muscle and kind as stated; a Problem where the statements contradict each other."""
    own_codes = canonical_codes(observation.get("code"), mappings)
    whole = list(whole_codes([code for _, codes in ((observation, own_codes), *components) for code in codes], tables))
    body_site = observation.get("bodySite")
    keys, spoken = keys_of(body_site), _words(text_of(body_site))
    coded = [tables.codes[key] for key in keys if key in tables.codes]
    muscles = [muscle for component in components for muscle in _muscles(component, tables)]
    named = _without_whole_nerves({nerve for nerve, _ in coded}, tables) or _named(spoken, tables)
    nerves = _without_whole_nerves(named | {each.nerve for each in whole if each.nerve}, tables)
    sides = {side for _, side in (*coded, *muscles) if side} | {each.side for each in whole if each.side}
    sides |= {tables.sides[word] for word in (*keys, *spoken) if word in tables.sides}
    sides |= {side for component, _ in components for side in _laterality(component, tables)}
    if len(nerves) > 1:
        return Problem("invalid", "bodySite names several nerves" if len(named) > 1 else "several nerves are named")
    if len(sides) > 1:
        return Problem("side", "left and right are both named")
    if body_site is not None and not nerves:
        return Problem("unmapped", "bodySite names no known nerve")
    names, kinds = {muscle for muscle, _ in muscles}, {each.kind for each in whole if each.kind}
    if len(kinds) > 1:
        return Problem("invalid", "motor and sensory are both named")
    return Place(_only(nerves), _only(sides), _only(names), _only(kinds))


def canonical_codes(codeable_concept: object, mappings: Mappings) -> list[str]:
    """The codes of the nerve conduction code system that a concept carries, local codes translated."""
    return [code for system, code in mappings.codings_of(codeable_concept) if system == NCS]


def is_laterality(component: Mapping[str, object], tables: NerveTables) -> bool:
    """Whether a component names the side."""
    code = component.get("code")
    return any(key.rpartition("|")[2] in tables.laterality for key in keys_of(code)) or (
        text_of(code) in tables.laterality
    )


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def _named(spoken: list[str], tables: NerveTables) -> set[str]:
    name = " ".join(word for word in spoken if word not in tables.sides and word not in tables.beside)
    return {tables.names[name]} if name in tables.names else set()


def _without_whole_nerves(nerves: set[str], tables: NerveTables) -> set[str]:
    return nerves - {tables.branches[nerve] for nerve in nerves if nerve in tables.branches}


def _laterality(component: Mapping[str, object], tables: NerveTables) -> Iterator[str]:
    if not is_laterality(component, tables):
        return
    coded = component.get("valueCodeableConcept")
    for said in (*keys_of(coded), text_of(coded), plain(component.get("valueString"))):
        if said in tables.sides:
            yield tables.sides[said]


def _muscles(component: Component, tables: NerveTables) -> Iterator[tuple[str, str | None]]:
    content, codes = component
    if "recording-muscle" not in codes:
        return
    keys = keys_of(content.get("valueCodeableConcept"))
    known = [tables.muscles[key] for key in keys if key in tables.muscles]
    yield from known or [(key, None) for key in keys[:1]]


def _only(words: set[str]) -> str | None:
    return next(iter(words)) if len(words) == 1 else None
