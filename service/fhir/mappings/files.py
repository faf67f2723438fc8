"""The files under ``fhir_mappings/``: read, merged section by section, and refused where they contradict."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool

from service.errors import KnowledgeError
from service.fhir.intake.resource_types import RESOURCE_TYPES
from service.fhir.mappings.sections import Texts, written
from service.knowledge.near import one_of, unknown
from service.knowledge.shaped import shaped
from service.knowledge.yaml_file import YamlReader, read_yaml

_CONCEPT_KEYS = ("reader", "resource_types", "codes")
_UNITS = ("units", "units_never_meant")
_Text = Annotated[str, Field(min_length=1)]
_File = tuple[Path, dict[str, object]]


def _with_scheme(uri: str) -> str:
    if ":" not in uri:
        raise ValueError("must be a URI")
    return uri


_Uri = Annotated[str, AfterValidator(_with_scheme)]


@dataclass(frozen=True, slots=True)
class _CodeYaml:
    system: _Text
    code: _Text
    display: str = ""
    same_as: str = ""
    and_below: StrictBool = False
    checked: str = ""


@dataclass(frozen=True, slots=True)
class _ConceptYaml:
    reader: str
    resource_types: Annotated[Texts, Field(min_length=1)] = ("Observation",)


@dataclass(frozen=True, slots=True)
class ListedCode:
    """One code of a concept; ``same_as`` is the canonical code a local one stands for, else empty.

    ``and_below``: codes that begin like this one mean the same, as in ICD-10-CM. ``display`` is its name for people.
    ``checked``: the table of the section code_tables that holds it, or ``recalled``; empty: the first of its system.
    """

    system: str
    code: str
    same_as: str
    file: Path
    and_below: bool = False
    display: str = ""
    checked: str = ""


@dataclass(slots=True)
class ConceptEntry:
    """One concept as written, with the codes that every file gives it."""

    reader: str
    resource_types: tuple[str, ...]
    options: Mapping[str, object]
    file: Path
    codes: list[ListedCode] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MappingFiles:
    """All files of all directories, merged; ``units`` is UCUM code -> synonyms, ``systems`` short name -> URI.

    ``places``: section and entry -> the name of the file that wrote it last.
    ``never_meant``: UCUM code -> other UCUM codes that only ever stand for it.
    """

    concepts: Mapping[str, ConceptEntry]
    units: Mapping[str, Sequence[str]]
    tables: Mapping[str, object]
    hash: str
    systems: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)
    never_meant: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_mapping_files(
    directories: Sequence[Path], sections: Sequence[str], read: YamlReader = read_yaml
) -> MappingFiles:
    """Read every ``*.yaml`` of the directories in order; ``sections`` are the further ones that readers know.

    Within a directory, files may not contradict each other; a later directory (a site's own) wins where a
    table holds a single value. Raises KnowledgeError naming file and key.
    """
    files: list[_File] = []
    tables: dict[str, object] = {}
    digest = hashlib.sha256()
    for directory in directories:
        here: dict[str, object] = {}
        for path in _yaml_files(directory):
            digest.update(path.read_bytes())
            data = read(path)
            _check_keys(path, "", data, ("systems", "concepts", *_UNITS, *sections))
            files.append((path, data))
            for name in data.keys() - {"systems", "concepts"}:
                here[name] = _merged(here.get(name), data[name], f"{path}: {name}", override=False)
        for name, table in here.items():
            tables[name] = _merged(tables.get(name), table, f"{directory}: {name}", override=True)
    units, never_meant = (written(tables, name, dict[str, Texts]) for name in _UNITS)
    tables = {name: table for name, table in tables.items() if name not in _UNITS}
    return MappingFiles(
        _concepts(files), units, tables, f"sha256:{digest.hexdigest()}", _systems(files), _places(files), never_meant
    )


def _places(files: Sequence[_File]) -> dict[tuple[str, str], str]:
    entries = ((path, name, entry) for path, data in files for name, entry in data.items())
    keys = ((path, name, key) for path, name, entry in entries for key in (entry if isinstance(entry, dict) else ()))
    sections = {(name, ""): path.name for path, data in files for name in data}
    return sections | {(name, str(key)): path.name for path, name, key in keys}


def _yaml_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise KnowledgeError(f"{directory}: no such directory; name one that holds mapping files")
    return sorted(path for path in directory.iterdir() if path.suffix in (".yaml", ".yml"))


def _check_keys(path: Path, where: str, entry: Mapping[str, object], allowed: Sequence[str]) -> None:
    for key in entry:
        if key not in allowed:
            raise KnowledgeError(f"{path}: {where}unknown key {key!r}; allowed: {', '.join(sorted(allowed))}")


def _merged(old: object, new: object, where: str, *, override: bool) -> object:
    if old is None or old == new:
        return new
    if isinstance(old, dict) and isinstance(new, dict):
        both = dict(old)
        for key, value in new.items():
            both[key] = _merged(old.get(key), value, f"{where}.{key}", override=override)
        return both
    if isinstance(old, list) and isinstance(new, list):
        return old + [item for item in new if item not in old]
    if override and type(old) is type(new):
        return new
    raise KnowledgeError(f"{where}: another file gives this key another value; keep one")


def _concepts(files: Sequence[_File]) -> dict[str, ConceptEntry]:
    systems = _systems(files)
    listed = [(path, name, entry) for path, data in files for name, entry in _section(path, data, "concepts").items()]
    concepts: dict[str, ConceptEntry] = {}
    for path, name, entry in listed:
        if "reader" in entry:
            if name in concepts:
                raise KnowledgeError(f"{path}: concepts.{name}: already defined in {concepts[name].file}")
            concepts[name] = _defined(path, name, entry)
    for path, name, entry in listed:
        if name not in concepts:
            told = f"reader is missing, and no other file defines {name}; it has {', '.join(entry) or 'no key'}"
            raise KnowledgeError(f"{path}: concepts.{name}: {told}")
        if "reader" not in entry:
            _check_keys(path, f"concepts.{name} is defined in {concepts[name].file}: ", entry, ("codes",))
        concepts[name].codes.extend(_codes(path, name, entry.get("codes", []), systems))
    return concepts


def _section(path: Path, data: Mapping[str, object], name: str) -> dict[str, dict[str, object]]:
    return shaped(dict[str, dict[str, object]], data.get(name, {}), f"{path}: {name}", ".")


def _systems(files: Sequence[_File]) -> dict[str, str]:
    systems: dict[str, str] = {}
    for path, data in files:
        for name, uri in shaped(dict[str, _Uri], data.get("systems", {}), f"{path}: systems", ".").items():
            if systems.setdefault(name, uri) != uri:
                raise KnowledgeError(f"{path}: systems.{name}: another file has another URI; choose another short name")
    return systems


def _defined(path: Path, name: str, entry: Mapping[str, object]) -> ConceptEntry:
    own = {key: entry[key] for key in entry.keys() - {"codes"} if key in _CONCEPT_KEYS}
    head = shaped(_ConceptYaml, own, f"{path}: concepts.{name}", ".")
    for kind in head.resource_types:
        one_of(kind, RESOURCE_TYPES, f"{path}: concepts.{name}.resource_types")
    options = {key: value for key, value in entry.items() if key not in _CONCEPT_KEYS}
    return ConceptEntry(head.reader, head.resource_types, options, path)


def _codes(path: Path, name: str, listed: object, systems: Mapping[str, str]) -> Iterator[ListedCode]:
    where = f"{path}: concepts.{name}.codes"
    for number, code in enumerate(shaped(tuple[_CodeYaml, ...], listed, where, ".")):
        uri = systems.get(code.system, code.system)
        if ":" not in uri:
            raise unknown(f"{where}.{number}.system", "URI, and no system", uri, systems)
        yield ListedCode(uri, code.code, code.same_as, path, code.and_below, code.display, code.checked)
