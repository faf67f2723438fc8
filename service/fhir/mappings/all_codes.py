"""Every code of the mapping files with its name, where it stands, and how it was checked."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from service.fhir.mappings.code_tables import RECALLED, SECTION, code_tables
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.vocabulary import LOOKED_UP

# Which codes beside those of concepts and drugs were found in which table.
CHECKS = "code_checks"
_BEGINNINGS = ("atc", "local_atc")
_MDC = "mdc"
_ENDINGS = "sides_by_ending"
# Where a code that says nothing was looked up in the first table; elsewhere, as in answers, code_checks says it.
_LOOKED_UP = tuple(f"{section}." for section in LOOKED_UP)
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CheckedCode:
    """One code of the mapping files. ``table`` is the one that holds it, ``recalled``, or empty: nobody says.

    ``system`` is the short name. ``is_beginning``: it stands for the codes that begin like it. ``place``: where it is.
    """

    system: str
    code: str
    name: str
    table: str
    place: str
    is_beginning: bool = False


def all_codes(mappings: Mappings) -> list[CheckedCode]:
    """All codes by system and code, each once for every place; local codes of a site and of this project among them."""
    first = {table.system: name for name, table in reversed(code_tables(mappings.tables).items())}
    found = [*_of_concepts(mappings), *_of_tables(mappings)]
    said = _checks(mappings) | {(code.system, code.code): code.table for code in found if code.table}
    looked_up = {(code.system, code.code) for code in found if code.place.startswith(_LOOKED_UP)}
    return [replace(code, table=_table(code, said, first, looked_up)) for code in found]


def counted(codes: list[CheckedCode]) -> dict[str, Counter[str]]:
    """By system, how many different codes each table holds, and how many are recalled."""
    counts: dict[str, Counter[str]] = {}
    for system, _, table in sorted({(code.system, code.code, code.table) for code in codes}):
        counts.setdefault(system, Counter())[table or "its own file"] += 1
    return counts


def _table(code: CheckedCode, said: Mapping[_Key, str], first: Mapping[str, str], looked_up: Collection[_Key]) -> str:
    """What the code says, here or elsewhere; else the first table of its system, if its place was looked up in it."""
    key = code.system, code.code
    if key in said or code.system not in first:
        return said.get(key, "")
    return first[code.system] if key in looked_up else RECALLED


def _of_concepts(mappings: Mappings) -> Iterator[CheckedCode]:
    for name, code in mappings.listed:
        short = mappings.short_names.get(code.system, code.system)
        yield CheckedCode(short, code.code, code.display, code.checked, f"concepts.{name}", code.and_below)


def _of_tables(mappings: Mappings) -> Iterator[CheckedCode]:
    for name, table in mappings.tables.items():
        # An ending is a part of a code.
        if name not in (SECTION, CHECKS) and not name.endswith(_ENDINGS):
            yield from _walked(table, name, mappings.short_names)


def _walked(table: object, place: str, short_names: Mapping[str, str]) -> Iterator[CheckedCode]:
    for key, value in table.items() if isinstance(table, Mapping) else ():
        if isinstance(value, Mapping) and key in _BEGINNINGS:
            yield from (_made("atc", str(code), name, place, is_beginning=True) for code, name in value.items())
        elif key == _MDC and isinstance(value, str):
            yield _made(_MDC, value, place.rsplit(".", 1)[-1], place)
        elif isinstance(value, list):
            yield from (_keyed(code, place.rsplit(".", 1)[-1], place, short_names) for code in value if _is_key(code))
        elif _is_key(key):
            yield _keyed(key, value, place, short_names)
        else:
            yield from _walked(value, f"{place}.{key}", short_names)


def _is_key(text: object) -> bool:
    return isinstance(text, str) and "|" in text and " " not in text


def _keyed(key: str, name: object, place: str, short_names: Mapping[str, str]) -> CheckedCode:
    system, _, code = key.rpartition("|")
    return _made(short_names.get(system, system), code, name, place)


def _made(system: str, code: str, name: object, place: str, *, is_beginning: bool = False) -> CheckedCode:
    entry = name if isinstance(name, Mapping) else {"name": name}
    return CheckedCode(system, code, str(entry.get("name")), str(entry.get("checked", "")), place, is_beginning)


def _checks(mappings: Mappings) -> dict[_Key, str]:
    listed = written(mappings.tables, CHECKS, dict[str, Texts])
    pairs = [(code.split("|", 1), table) for table, codes in listed.items() for code in codes]
    return {(system, code): table for (system, code), table in pairs}
