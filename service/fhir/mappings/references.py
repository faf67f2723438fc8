"""Names in the mapping files that refer to other entries of them: each is one that is there, or the start stops."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import section
from service.knowledge.declared import Declared
from service.knowledge.near import unknown

# Shorter names differ by one letter and are meant.
_SHORT = 5
# ``agents.*.form_of`` is a key of each agent, ``order_reasons.words`` one of the section itself.
_EACH = ".*"
# What an entry of a section is called in a message.
_ENTRIES = {"concepts": "concept", "agents": "agent", "systems": "system", "readers": "reader"}


def check_references(mappings: Mappings, declared: Sequence[Declared]) -> None:
    """KnowledgeError names the entry, the name and what was meant; ``declared``: what each room reads of the files."""
    for part in declared:
        for where, what, name, known in _between(mappings, part):
            if name not in known:
                raise unknown(where, what, name, known)
    _check_systems(mappings)


def _check_systems(mappings: Mappings) -> None:
    """No address of a code system is that of another one with a slip: its codes would mean nothing."""
    named, editions = section(mappings, "system_names"), section(mappings, "national_editions")
    spellings = {name for table in (named, editions) for names in table.values() for name in _listed(names)}
    short, addresses = _bare_of(mappings.short_names), _bare_of((*named, *editions))
    known = short | addresses | _bare_of(spellings)
    elsewhere = {name: mappings.tables[name] for name in mappings.tables.keys() - {"system_names", "national_editions"}}
    pairs = [(f"systems.{mappings.short_names[uri]}", uri, addresses) for uri in short.values()]
    pairs += [(f"system_names.{uri}", uri, short) for uri in addresses.values()]
    pairs += [(where, uri, known) for where, uri in _written(elsewhere)]
    for where, uri, right in pairs:
        if meant := right.get(_nearly(_bare(uri), right)):
            raise KnowledgeError(f"{where}: {uri!r} is no system that is known; did you mean {meant}?")


def _bare_of(addresses: Iterable[str]) -> dict[str, str]:
    """Addresses by what is left without a scheme, which is one of the spellings that are read alike."""
    return {_bare(each): each for each in addresses}


_Reference = tuple[str, str, str, Collection[str]]


def _between(mappings: Mappings, part: Declared) -> Iterator[_Reference]:
    """Every name by which one entry calls another."""
    for path, section_called in {**part.refers, **part.loosely}.items():
        said, known = list(_said(mappings, path)), _entries(mappings, section_called)
        if path in part.loosely:
            # It may have an entry that nobody wrote; but hardly one that is called almost like another.
            every = {*known, *(name for _, name in said)}
            known = {name for name in every if name in known or not _nearly(name, every - {name})}
        what = _ENTRIES.get(section_called, f"entry of {section_called}")
        yield from ((where, what, name, known) for where, name in said)
    systems = section(mappings, "drug_code_systems")
    for path in part.drug_codes:
        # The short name before the code of a drug or a route.
        said = [(where, key.partition("|")[0]) for where, key in _said(mappings, path)]
        yield from ((where, "drug_code_systems", name, systems) for where, name in said)


def _said(mappings: Mappings, path: str) -> Iterator[tuple[str, str]]:
    """The names at ``section.*.key`` of every entry, or at the path of a section, and where each stands."""
    start, star, key = path.partition(f"{_EACH}.")
    at = _at(mappings, start)
    if not star:
        yield from ((path, name) for name in _listed(at))
    for name, entry in _mapped(at).items() if star else ():
        yield from ((f"{start}.{name}.{key}", each) for each in _listed(_mapped(entry).get(key)))


def _entries(mappings: Mappings, name: str) -> Collection[str]:
    if name == "readers":
        return {concept.reader for concept in mappings.concepts.values()}
    systems = {*mappings.short_names.values(), *section(mappings, "drug_code_systems")}
    return systems if name == "systems" else _mapped(_at(mappings, name))


def _at(mappings: Mappings, path: str) -> object:
    options = {concept.name: concept.options for concept in mappings.concepts.values()}
    at: object = {**mappings.tables, "concepts": options}
    for step in path.split("."):
        at = _mapped(at).get(step)
    return at


def _written(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every address of a system that a table writes, alone or before the code, and where."""
    if isinstance(value, str) and "://" in value:
        yield where, value.partition("|")[0]
    for key, entry in (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    ):
        here = f"{where}.{key}" if where else str(key)
        if isinstance(key, str):
            yield from _written(key, here)
        yield from _written(entry, here)


def _nearly(name: str, known: Collection[str]) -> str:
    """The known name from which another one differs by one letter; empty when it is one of them, or like none."""
    return "" if name in known else next((each for each in sorted(known) if _is_slip(name, each)), "")


@lru_cache(maxsize=4096)
def _is_slip(one: str, other: str) -> bool:
    longest = max(len(one), len(other))
    if abs(len(one) - len(other)) > 1 or longest < _SHORT:
        return False
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= longest - 1


def _bare(uri: str) -> str:
    return uri.removeprefix("https://").removeprefix("http://")


def _mapped(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[str]:
    """A name, a list of names, or names as keys, as a list."""
    return [value] if isinstance(value, str) else list(map(str, value)) if isinstance(value, list | Mapping) else []
