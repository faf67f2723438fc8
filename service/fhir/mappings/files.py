"""The files under ``fhir_mappings/``: read, merged section by section, and refused where they contradict."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.errors import KnowledgeError
from service.fhir.intake.resource_types import RESOURCE_TYPES
from service.knowledge.near import unknown
from service.knowledge.yaml_file import YamlReader, read_yaml

_CONCEPT_KEYS = ("reader", "resource_types", "codes")
_UNITS = ("units", "units_never_meant")
_CODE_KEYS = ("system", "code", "display", "same_as", "and_below", "checked")


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
    files: list[tuple[Path, dict[str, object]]] = []
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
    units, never_meant = (_units(name, tables.pop(name, {})) for name in _UNITS)
    return MappingFiles(
        _concepts(files), units, tables, f"sha256:{digest.hexdigest()}", _systems(files), _places(files), never_meant
    )


def _places(files: Sequence[tuple[Path, dict[str, object]]]) -> dict[tuple[str, str], str]:
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


def _units(name: str, section: object) -> dict[str, list[str]]:
    if not isinstance(section, dict):
        raise KnowledgeError(f"{name}: must map a UCUM code to a list of texts")
    for code, texts in section.items():
        if not isinstance(code, str) or not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise KnowledgeError(f"{name}.{code}: must be a list of texts that stand for this UCUM code")
    return section


def _section(files: Sequence[tuple[Path, dict[str, object]]], section: str) -> Iterator[tuple[Path, str, object]]:
    for path, data in files:
        entries = data.get(section, {})
        if not isinstance(entries, dict):
            raise KnowledgeError(f"{path}: {section}: must be a mapping")
        for name, entry in entries.items():
            yield path, str(name), entry


def _concepts(files: Sequence[tuple[Path, dict[str, object]]]) -> dict[str, ConceptEntry]:
    systems = _systems(files)
    written = list(_concepts_written(files))
    concepts: dict[str, ConceptEntry] = {}
    for path, name, entry in written:
        if "reader" in entry:
            if name in concepts:
                raise KnowledgeError(f"{path}: concepts.{name}: already defined in {concepts[name].file}")
            concepts[name] = _defined(path, name, entry)
    for path, name, entry in written:
        if name not in concepts:
            told = (
                f"reader is missing, and no other file defines {name}; it has {', '.join(map(str, entry)) or 'no key'}"
            )
            raise KnowledgeError(f"{path}: concepts.{name}: {told}")
        if "reader" not in entry:
            _check_keys(path, f"concepts.{name} is defined in {concepts[name].file}: ", entry, ("codes",))
        concepts[name].codes.extend(_codes(path, name, entry.get("codes", []), systems))
    return concepts


def _concepts_written(
    files: Sequence[tuple[Path, dict[str, object]]],
) -> Iterator[tuple[Path, str, dict[str, object]]]:
    for path, name, entry in _section(files, "concepts"):
        if not isinstance(entry, dict):
            raise KnowledgeError(f"{path}: concepts.{name}: must be a mapping with reader and codes")
        yield path, name, entry


def _systems(files: Sequence[tuple[Path, dict[str, object]]]) -> dict[str, str]:
    systems: dict[str, str] = {}
    for path, name, uri in _section(files, "systems"):
        if not isinstance(uri, str) or ":" not in uri:
            raise KnowledgeError(f"{path}: systems.{name}: must be a URI")
        if systems.setdefault(name, uri) != uri:
            raise KnowledgeError(f"{path}: systems.{name}: another file names another URI; choose another short name")
    return systems


def _defined(path: Path, name: str, entry: Mapping[str, object]) -> ConceptEntry:
    reader, types = entry["reader"], entry.get("resource_types", ["Observation"])
    if not isinstance(reader, str):
        raise KnowledgeError(f"{path}: concepts.{name}.reader: must be a word")
    if not isinstance(types, list) or not types or not all(isinstance(kind, str) for kind in types):
        raise KnowledgeError(f"{path}: concepts.{name}.resource_types: must be a list of FHIR resource types")
    for kind in types:
        if kind not in RESOURCE_TYPES:
            raise unknown(f"{path}: concepts.{name}.resource_types", "FHIR resource type", kind, RESOURCE_TYPES)
    options = {key: value for key, value in entry.items() if key not in _CONCEPT_KEYS}
    return ConceptEntry(reader, tuple(types), options, path)


def _codes(path: Path, name: str, listed: object, systems: Mapping[str, str]) -> Iterator[ListedCode]:
    if not isinstance(listed, list):
        raise KnowledgeError(f"{path}: concepts.{name}.codes: must be a list")
    for number, entry in enumerate(listed):
        where = f"concepts.{name}.codes[{number}]"
        if not isinstance(entry, dict):
            raise KnowledgeError(f"{path}: {where}: must be like {{system: loinc, code: '2880-3'}}")
        _check_keys(path, f"{where}: ", entry, _CODE_KEYS)
        below = entry.get("and_below", False)
        if not isinstance(below, bool):
            raise KnowledgeError(f"{path}: {where}.and_below: must be true, or left out")
        texts = {key: value for key, value in entry.items() if key != "and_below"}
        for key, value in (("system", None), ("code", None), *texts.items()):
            if not isinstance(entry.get(key), str) or not entry[key]:
                raise KnowledgeError(f"{path}: {where}.{key}: must be a text; quote a code of digits ({value!r})")
        uri = systems.get(entry["system"], entry["system"])
        if ":" not in uri:
            raise KnowledgeError(
                f"{path}: {where}.system: {uri!r} is neither a URI nor one of: {', '.join(sorted(systems))}"
            )
        same_as, display, checked = (entry.get(key, "") for key in ("same_as", "display", "checked"))
        yield ListedCode(uri, entry["code"], same_as, path, below, display, checked)
