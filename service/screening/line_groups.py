"""The lines of a file put together by what the first pass reads of them (DuckDB): alike ones are judged once."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from service.fhir.intake.resource_types import subject_element
from service.fhir.values.answers import objects_in
from service.screening.column_store import is_out_of_memory, opened
from service.screening.seed_elements import CUTS, ELEMENTS, REFERRED, elements_of
from service.screening.seeds import MEDICATION
from service.screening.sources import Json, Source

_PATIENT, _BUNDLE = "Patient", "Bundle"
_REFERENCE = "STRUCT(reference VARCHAR)"
_AT_ONCE = 2000
# A piece of a file is read in windows of so many bytes; of a large file the first one teaches what need not be kept.
WINDOW, _LARGE, _LEARNT_FROM = 32 * 1024 * 1024, 64 * 1024 * 1024, 4 * 1024 * 1024
# So many different contents are remembered from file to file; then it begins anew.
_MOST_REMEMBERED = 300_000
Judge = Callable[[Json], tuple[str, ...]]


class NotOfResources(Exception):
    """There is a Bundle among the lines, or something that is no resource."""


class _OtherTypes(Exception):
    """There are resources of another type than that of the first line."""


class _Group(NamedTuple):
    """All lines of one content. ``named``: how many name a patient. ``points``: whether a drug is referred to.

    ``resource``: what was read, where it is new.
    """

    key: int
    kind: str
    lines: int
    named: int
    points: bool
    resource: Json | None


@dataclass(slots=True)
class Found:
    """What is in some lines. ``nobodys``: type -> how many name no patient.

    ``seeds``: a reference to each patient -> names of seeds. ``medications``: ids of those that are a seed.
    """

    resources: int = 0
    people: int = 0
    points: bool = False
    nobodys: dict[str, int] = field(default_factory=dict)
    seeds: dict[str, set[str]] = field(default_factory=dict)
    medications: set[str] = field(default_factory=set)

    def count(self, group: _Group) -> None:
        """Take in how many lines there are of one content."""
        self.resources += group.lines
        self.points |= group.points
        self.people += group.lines if group.kind == _PATIENT else 0
        self.nobodys[group.kind] = self.nobodys.get(group.kind, 0) + group.lines - group.named


class LineGroups:
    """Reads files of lines; ``judge``: the seeds of a resource, ``reads``: whether anything is read of a type.

    It remembers from file to file what holds no seed.
    """

    def __init__(self, judge: Judge, reads: Callable[[str], bool], scratch: Path) -> None:
        self._judge, self._reads, self._scratch = judge, reads, scratch
        self._known: dict[int, tuple[str, ...]] = {}
        self._learnt: set[str] = set()
        self._held = ExitStack()
        self._connection: Any = None

    def close(self) -> None:
        """Let go of the column store."""
        self._held.close()
        self._connection = None

    def found(self, source: Source, kind: str) -> Found:
        """What is in a file or a piece of one; ``kind``: the type of its first line.

        NotOfResources where a line is a Bundle or no resource; what DuckDB raises where it cannot read a line, or an
        element of one has another type: whoever asked reads these lines one by one.
        """
        if source.is_piece:
            return self._in_windows(source, kind)
        if source.length > _LARGE and not source.is_gzip and kind not in self._learnt:
            self._learnt.add(kind)
            self._in_windows(source.pieces(_LEARNT_FROM)[0], kind)
        try:
            made = Found()
            self._read(source.path, kind, made)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return self._in_windows(source, kind)
        return made

    def _in_windows(self, source: Source, kind: str) -> Found:
        made, window = Found(), self._scratch / f".window.{os.getpid()}"
        for piece in source.pieces(WINDOW):
            _copy(piece, window)
            self._read(window, kind, made)
        window.unlink(missing_ok=True)
        return made

    def _read(self, path: Path, kind: str, made: Found) -> None:
        try:
            self._read_as(path, kind, elements_of(kind) if self._reads(kind) else (), made)
        except _OtherTypes:
            self._read_as(path, "", tuple(ELEMENTS), made)

    def _read_as(self, path: Path, kind: str, names: Sequence[str], made: Found) -> None:
        connection = self._opened()
        connection.execute("DROP TABLE IF EXISTS alike")
        connection.execute(_grouped(kind, names), [str(path), _columns(kind, names)])
        some = list(self._groups(names))
        _check(kind, {each.kind for each in some})
        for each in some:
            made.count(each)
        self._judge_new(some)
        self._note(made)

    def _opened(self) -> Any:
        if self._connection is None:
            self._connection = self._held.enter_context(opened(self._scratch))
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        if not self._known:
            self._connection.execute("CREATE OR REPLACE TEMP TABLE empty (empty_key UBIGINT)")
        return self._connection

    def _groups(self, names: Sequence[str]) -> Iterator[_Group]:
        points = "medicationReference IS NOT NULL" if "medicationReference" in names else "false"
        read = ", ".join(("key", "kind", "lines", "named", points, *names))
        rows = self._connection.execute(f"SELECT {read} FROM alike")
        while some := rows.fetchmany(_AT_ONCE):
            for key, kind, lines, named, does_point, *elements in some:
                resource = None if key in self._known else _resource(kind, names, elements)
                yield _Group(key, kind, lines, named, does_point, resource)

    def _judge_new(self, groups: Iterable[_Group]) -> None:
        nothing = []
        for each in groups:
            if each.resource is not None:
                self._known[each.key] = self._judge(each.resource)
                if not self._known[each.key]:
                    nothing.append(each.key)
        self._connection.execute("INSERT INTO empty SELECT unnest(?::UBIGINT[])", [nothing])

    def _note(self, made: Found) -> None:
        """Whom those are about that hold a seed."""
        asked = "SELECT key, people, ids FROM alike ANTI JOIN empty ON key = empty_key"
        for key, people, ids in self._connection.execute(asked).fetchall():
            for named in people or ():
                made.seeds.setdefault(named, set()).update(self._known[key])
            made.medications.update(ids or ())


def _check(kind: str, found: Collection[str | None]) -> None:
    if _BUNDLE in found or None in found:
        raise NotOfResources
    if kind and set(found) - {kind}:
        raise _OtherTypes


def _columns(kind: str, names: Sequence[str]) -> dict[str, str]:
    ids = {"id": "VARCHAR"} if kind in ("", MEDICATION) else {}
    read = {name: ELEMENTS[name] for name in names}
    return {"resourceType": "VARCHAR", **ids, **dict.fromkeys(_subjects(kind, names), _REFERENCE), **read}


def _subjects(kind: str, names: Sequence[str]) -> tuple[str, ...]:
    """Where a resource says whom it is about; of all types together, in either place; of what is not read, nowhere."""
    if not names:
        return ()
    return (subject_element(kind),) if kind else ("subject", "patient")


def _grouped(kind: str, names: Sequence[str]) -> str:
    """Makes ``alike``: a row for all lines of one content; who they are about only where that content may matter."""
    has_ids = "id" in _columns(kind, names)
    ids = f"list(id) FILTER (WHERE is_open AND kind = '{MEDICATION}')" if has_ids else "NULL::VARCHAR[]"
    read = "".join(f", {_cut(name)} AS {name}" for name in names)
    kept = "".join(f", any_value({name}) AS {name}" for name in names)
    who = f"coalesce({', '.join(('NULL', *(f'{name}.reference' for name in _subjects(kind, names))))})"
    lines = (
        f"SELECT resourceType AS kind, {who} AS who{read}{', id' if has_ids else ''}"
        " FROM read_ndjson(?, columns = ?, records = 'true')"
    )
    keyed = f"SELECT *, hash({', '.join(('kind', *names))}) AS key FROM ({lines})"
    marked = f"SELECT *, empty_key IS NULL AS is_open FROM ({keyed}) LEFT JOIN empty ON key = empty_key"
    # The usual form first, since each line is asked.
    named = "count(*) FILTER (WHERE starts_with(who, 'Patient/') OR contains(who, 'Patient/'))"
    return (
        f"CREATE TEMP TABLE alike AS SELECT key, any_value(kind) AS kind{kept}, count(*) AS lines, {named} AS named,"
        f" list(who) FILTER (WHERE is_open) AS people, {ids} AS ids FROM ({marked}) GROUP BY key"
    )


def _cut(name: str) -> str:
    """An element without what no two resources share; a single object where a list belongs is taken as one."""
    if name not in CUTS:
        return name
    kept = ", ".join(f"'{inner}': {_inner(name, inner)}" for inner in CUTS[name])
    listed = f"CASE json_type({name}) WHEN 'OBJECT' THEN json_array({name}) WHEN 'ARRAY' THEN {name} END"
    objects = f"list_filter(({listed})::JSON[], lambda each: json_type(each) = 'OBJECT')"
    return f"to_json(list_transform({objects}, lambda each: {{{kept}}}))"


def _inner(name: str, inner: str) -> str:
    path = f"each -> '$.{inner}'"
    if REFERRED not in CUTS[name]:
        return path
    is_referred = f"json_type(each -> '$.{REFERRED}') = 'VARCHAR'"
    return f"CASE WHEN {is_referred} THEN '\"\"'::JSON END" if inner == REFERRED else path


def _resource(kind: str | None, names: Sequence[str], elements: Sequence[Any]) -> dict[str, Any]:
    """As much of a resource as was read."""
    made: dict[str, Any] = {"resourceType": kind}
    for name, value in zip(names, elements, strict=True):
        if value is not None:
            made[name] = orjson.loads(value) if ELEMENTS[name] == "JSON" else value
    pointer = made.get("medicationReference")
    if isinstance(pointer, list):
        made["medicationReference"] = pointer[0] if pointer else {}
    if isinstance(made.get("contained"), list):
        made["contained"] = objects_in(made["contained"])
    return made


def _copy(piece: Source, window: Path) -> None:
    """The bytes of a piece in a file of their own, which is written over again: DuckDB reads whole files only."""
    with piece.path.open("rb") as file, window.open("r+b" if window.exists() else "w+b") as copied:
        offset, end = piece.start, piece.end
        while offset < end and (sent := os.sendfile(copied.fileno(), file.fileno(), offset, end - offset)):
            offset += sent
        copied.truncate(offset - piece.start)
