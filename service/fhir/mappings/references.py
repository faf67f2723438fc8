"""Names in the mapping files that refer to other entries of them: each is one that is there, or the start stops."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import section
from service.knowledge.near import unknown

# Shorter names differ by one letter and are meant.
_SHORT = 5
# ``muscles.*`` are the keys of each muscle, ``order_reasons`` those of the section itself.
_EACH = ".*"


def check_references(mappings: Mappings, keys: Mapping[str, Collection[str]]) -> None:
    """KnowledgeError names the entry, the name and what was meant.

    ``keys``: section, or section with ``.*`` for each of its entries -> the keys that it may have.
    """
    for where, what, name, known in (*_keys(mappings, keys), *_between(mappings)):
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


def _between(mappings: Mappings) -> Iterator[_Reference]:
    """Every name by which one entry calls another."""
    concepts, agents, tables = mappings.concepts, section(mappings, "agents"), section(mappings, "code_tables")
    nerves, muscles = section(mappings, "nerves"), section(mappings, "muscles")
    options = {concept.name: concept.options for concept in concepts.values()}
    yield from _named(options, "wider_than", "concepts", "concept", concepts)
    yield from _named(options, "entraps", "concepts", "entry of nerves", section(mappings, "nerves"))
    yield from _named(section(mappings, "assay_profiles"), "analytes", "assay_profiles", "concept", concepts)
    yield from _named(agents, "form_of", "agents", "agent", agents)
    yield from _named(nerves, "branch_of", "nerves", "entry of nerves", nerves)
    # A muscle may have a nerve that nobody studies; but hardly one that is called almost like another.
    every = {*nerves, *(name for entry in muscles.values() for name in _listed(_mapped(entry).get("nerve")))}
    known = {name for name in every if name in nerves or not _nearly(name, every - {name})}
    yield from _named(muscles, "nerve", "muscles", "entry of nerves", known)
    yield from (("code_checks", "entry of code_tables", name, tables) for name in section(mappings, "code_checks"))
    systems = {*mappings.short_names.values(), *section(mappings, "drug_code_systems")}
    yield from _named(tables, "system", "code_tables", "system", systems)
    reasons = section(mappings, "order_reasons")
    words = _mapped(reasons.get("words"))
    yield from (("order_reasons.words", "concept", name, concepts) for name in words)
    yield from _of_drugs(mappings)


def _of_drugs(mappings: Mappings) -> Iterator[_Reference]:
    """The short name before the code of a drug or a route."""
    systems = section(mappings, "drug_code_systems")
    products = {"": {"codes": section(mappings, "immunoglobulin_product_codes")}}
    for name, table in (
        ("agents", section(mappings, "agents")),
        ("drug_routes", section(mappings, "drug_routes")),
        ("immunoglobulin_product_codes", products),
    ):
        for entry, value in table.items():
            codes = _mapped(_mapped(value).get("codes"))
            yield from ((f"{name}.{entry}.codes", "drug_code_systems", key.partition("|")[0], systems) for key in codes)


def _named(table: Mapping[str, object], key: str, of: str, what: str, known: Collection[str]) -> Iterator[_Reference]:
    for name, entry in table.items():
        yield from ((f"{of}.{name}.{key}", what, each, known) for each in _listed(_mapped(entry).get(key)))


def _keys(mappings: Mappings, keys: Mapping[str, Collection[str]]) -> Iterator[_Reference]:
    for path, allowed in keys.items():
        at: object = mappings.tables
        for step in path.removesuffix(_EACH).split("."):
            at = _mapped(at).get(step)
        name = path.removesuffix(_EACH)
        each = {f"{name}.{entry}": value for entry, value in _mapped(at).items()}
        for where, entry in (each if path.endswith(_EACH) else {name: at}).items():
            yield from ((where, "key", str(key), allowed) for key in _mapped(entry))


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
    """A name, or a list of names, as a list."""
    return [value] if isinstance(value, str) else list(map(str, value)) if isinstance(value, list) else []
