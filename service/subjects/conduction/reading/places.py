"""Which nerve, which side and which muscle an Observation speaks of."""

from collections.abc import Iterator, Mapping, Sequence

from service.domain.immutable import immutable
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import Problem, codings_of, keys_of, objects_in, plain, text_of
from service.subjects.conduction.reading.tables import NCS, NerveTables, words_of
from service.subjects.conduction.reading.whole_codes import whole_codes

# A component, and its codes of nerve conduction.
Component = tuple[Mapping[str, object], list[str]]
# Words of the longest name of a nerve, and letters of what may be short for another word.
_LONGEST_NAME, _ABBREVIATED = 4, 2


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
    keys = keys_of(body_site)
    told = [*_told(body_site, tables), *_told(observation.get("code"), tables)]
    coded = [tables.codes[key] for key in keys if key in tables.codes]
    muscles = [muscle for component in components for muscle in _muscles(component, tables)]
    by_words = {nerve for each in told if each.is_whole for nerve in each.nerves}
    named = _without_whole_nerves({*by_words, *(nerve for nerve, _ in coded)}, tables)
    nerves = _without_whole_nerves(named | {each.nerve for each in whole if each.nerve}, tables)
    sides = {side for _, side in (*coded, *muscles) if side} | {each.side for each in whole if each.side}
    sides |= {tables.sides[key] for key in keys if key in tables.sides}
    sides |= {side for each in told for side in each.sides}
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


@immutable
class _Words:
    """What one text says: nerves and sides; ``is_whole``: it has no word that is not known."""

    nerves: frozenset[str]
    sides: frozenset[str]
    is_whole: bool


def _told(concept: object, tables: NerveTables) -> list[_Words]:
    """What text and displays of a CodeableConcept say."""
    texts = (text_of(concept), *(plain(coding.get("display")) for coding in codings_of(concept)))
    return [_of_text(words_of(text), tables) for text in texts if text]


def _of_text(words: Sequence[str], tables: NerveTables) -> _Words:
    rest = [word for word in words if word not in tables.sides and word not in tables.beside]
    nerves, is_whole = _nerves_in(rest, tables)
    # A letter beside words that nobody knows may stand for anything.
    said = (word for word in words if word in tables.sides and (is_whole or len(word) > _ABBREVIATED))
    return _Words(nerves, frozenset(tables.sides[word] for word in said), is_whole)


def _nerves_in(words: Sequence[str], tables: NerveTables) -> tuple[frozenset[str], bool]:
    """The nerves that words name, one after another, and whether they name nothing else."""
    nerves: set[str] = set()
    at = 0
    while at < len(words):
        lengths = range(min(_LONGEST_NAME, len(words) - at), 0, -1)
        length = next((each for each in lengths if " ".join(words[at : at + each]) in tables.names), 0)
        if not length:
            return frozenset(nerves), False
        nerves.add(tables.names[" ".join(words[at : at + length])])
        at += length
    return frozenset(nerves), bool(words)


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
