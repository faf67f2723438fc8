"""The files of a population: NDJSON of resources or Bundles, plain or gzip, folders of Bundles, Parquet.

Whatever is wrong with a file costs what is wrong and no more: each fault is kept with its file and byte offset, and so
is whose chart may lack something because of it.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import orjson

from service.errors import BadRequest
from service.fhir.intake.resource_types import RESOURCE_TYPES
from service.screening.column_store import columns_of_parquet, faults_of_files, resource_of, rows_of_parquet
from service.screening.columns import NAMES, observations_in

Json = Mapping[str, Any]
_NDJSON, _JSON, _PARQUET = (".ndjson", ".jsonl"), (".json",), (".parquet",)
_GZIP = ".gz"
# Columns of a table whose rows say themselves which type they are.
_TOLD_BY_ROWS = frozenset(("resource", "resourceType"))
_HEAD_BYTES = 64 * 1024
# A line of this length is no resource; the rest of it is passed over.
LONGEST_LINE = 64 * 1024 * 1024
BUNDLE = "Bundle"
# A reference as JSON writes it, and the slash as some writers escape it.
NAMED = re.compile(rb"Patient\\?/([A-Za-z0-9._\-]{1,64})")
_BAD_LINE = "bad line"
# So many faults of a file are told one by one.
MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that could not be read: ``offset`` in bytes of the file, unpacked; ``what`` in a word or two."""

    file: str
    offset: int
    what: str


@dataclass(slots=True)
class Faults:
    """The faults of a file: the first of them one by one, and how many there are of each kind.

    ``spoiled``: ids of the patients whom a bad line names. ``is_cut``: whether a part of the file did not come, so that
    nobody knows whose charts lack something.
    """

    file: str
    first: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    is_cut: bool = False

    def add(self, offset: int, what: str, line: bytes = b"") -> None:
        """Note one more; ``line``: what could not be read."""
        self.counts[what] = self.counts.get(what, 0) + 1
        self.spoiled.update(name.decode() for name in NAMED.findall(line))
        self.is_cut |= what != _BAD_LINE
        if len(self.first) < MOST_FAULTS:
            self.first.append(Fault(self.file, offset, what))


@dataclass(frozen=True, slots=True)
class Source:
    """One file: ``name`` is its path below what was asked for. ``size``, ``changed`` and ``head`` say which it is.

    ``start`` and ``end``: the lines of a piece, in bytes of the file; ``end`` is 0 where it goes to the end.
    """

    path: Path
    name: str
    size: int
    changed: int
    head: str
    start: int = 0
    end: int = 0

    @property
    def is_gzip(self) -> bool:
        """Whether it is packed."""
        return self.path.name.endswith(_GZIP)

    @property
    def is_lines(self) -> bool:
        """Whether each of its lines is a resource or a Bundle."""
        return self.path.name.removesuffix(_GZIP).endswith(_NDJSON)

    @property
    def is_parquet(self) -> bool:
        """Whether it holds columns."""
        return self.path.name.endswith(_PARQUET)

    @property
    def is_piece(self) -> bool:
        """Whether it is not the whole file."""
        return self.start > 0 or 0 < self.end < self.size

    @property
    def length(self) -> int:
        """How many bytes there are to read."""
        return (self.end or self.size) - self.start

    def opened(self) -> IO[bytes]:
        """Its bytes, unpacked, from the first that is meant."""
        if self.is_gzip:
            return gzip.open(self.path, "rb")  # type: ignore[return-value]  # gzip's own type
        file = self.path.open("rb")
        file.seek(self.start)
        return file

    def pieces(self, size: int) -> "list[Source]":
        """Itself in pieces of whole lines, each of about so many bytes; only plain lines can be divided."""
        if self.is_gzip or not self.is_lines or self.length <= size:
            return [self]
        last = self.end or self.size
        with self.path.open("rb") as file:
            starts = [self.start]
            while (begun := _after_line(file, starts[-1] + size)) < last:
                starts.append(begun)
        return [replace(self, start=begun, end=end) for begun, end in zip(starts, [*starts[1:], last], strict=True)]


def sources_of(places: Sequence[Path]) -> list[Source]:
    """All files that are meant, in order of name; BadRequest where there is none, or one that cannot be read."""
    found: list[Source] = []
    for place in places:
        paths = sorted(path for path in place.rglob("*") if _is_read(path)) if place.is_dir() else [place]
        found += [_source(path, place) for path in paths]
    if not found:
        raise BadRequest("no file ends in .ndjson, .jsonl, .json, .parquet, or one of the first three with .gz")
    return found


def kind_of_lines(source: Source) -> str:
    """The type of the first line that can be read; empty where there is none."""
    first = next((resource for _, resource, _ in lines_of(source, Faults(source.name))), {})
    return str(first.get("resourceType", ""))


def resources_of(source: Source, faults: Faults) -> Iterator[Json]:
    """Each resource of any file, those of Bundles with references that stand by themselves."""
    if source.is_parquet:
        yield from _of_parquet(source, faults)
        return
    read = lines_of(source, faults) if source.is_lines else _whole(source, faults)
    for offset, resource, _ in read:
        if resource.get("resourceType") != BUNDLE:
            yield resource
            continue
        try:
            yield from resources_in(resource)
        except (AttributeError, TypeError):
            faults.add(offset, "no Bundle")


def _of_parquet(source: Source, faults: Faults) -> Iterator[Json]:
    """The resources of a table: whole ones, a column for each element, or the columns of a view."""
    refused: tuple[type[Exception], ...] = (orjson.JSONDecodeError, *faults_of_files())
    try:
        columns = columns_of_parquet(source.path)
        if columns >= NAMES:
            yield from observations_in(rows_of_parquet(source.path, together=("patient", "observation")))
            return
        kind = "" if columns & _TOLD_BY_ROWS else _kind_by_name(source)
        if not kind and not columns & _TOLD_BY_ROWS:
            # Columns of a view of which one is missing are none: what it would say is not absent.
            faults.add(0, "columns that are not known")
            return
        for row in rows_of_parquet(source.path):
            yield {**({"resourceType": kind} if kind else {}), **resource_of(row)}
    except refused:
        faults.add(0, "unreadable Parquet")


def _kind_by_name(source: Source) -> str:
    """The type of resource that a file is named for, such as ``Condition.000.parquet``; else empty."""
    first = source.path.name.split(".", 1)[0]
    return first if first in RESOURCE_TYPES else ""


def lines_of(source: Source, faults: Faults) -> Iterator[tuple[int, Json, bytes]]:
    """Offset, resource and bytes of each line that holds one; what is wrong goes to ``faults``."""
    for offset, line in raw_lines_of(source, faults):
        if not line.strip():
            continue
        resource = read_object(line)
        if resource is not None:
            yield offset, resource, line
        else:
            # A file that ends within a line was not written to its end.
            faults.add(offset, _BAD_LINE if line.endswith(b"\n") else "truncated file", line)


def read_object(line: bytes) -> Json | None:
    """The object that a line holds; ``None`` where it holds none."""
    try:
        read: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) else None


def _after_line(file: IO[bytes], offset: int) -> int:
    """Where the first line begins that begins at or after an offset."""
    file.seek(offset - 1)
    while (some := file.readline(_HEAD_BYTES)) and not some.endswith(b"\n"):
        pass
    return file.tell()


def raw_lines_of(source: Source, faults: Faults) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each line, whatever it holds; what ends too early goes to ``faults``."""
    offset = source.start
    try:
        with source.opened() as file:
            while (not source.end or offset < source.end) and (line := file.readline(LONGEST_LINE)):
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    faults.add(offset, "line too long")
                    while line and not line.endswith(b"\n"):
                        offset += len(line)
                        line = file.readline(LONGEST_LINE)
                    offset += len(line)
                    continue
                yield offset, line
                offset += len(line)
    except EOFError:
        faults.add(offset, "truncated gzip")
    except (gzip.BadGzipFile, zlib.error):
        faults.add(offset, "damaged gzip")
    except OSError:
        faults.add(offset, "unreadable file")


def _whole(source: Source, faults: Faults) -> Iterator[tuple[int, Json, bytes]]:
    try:
        with source.opened() as file:
            content = file.read()
    except (EOFError, zlib.error, OSError):
        faults.add(0, "unreadable file")
        return
    resource = read_object(content)
    if resource is not None:
        yield 0, resource, content
    else:
        faults.add(0, "no JSON")


def resources_in(bundle: Json) -> Iterator[dict[str, Any]]:
    """The resources of a Bundle; a reference to a fullUrl that is a urn becomes one to type and id."""
    entries = [each for each in bundle.get("entry") or () if isinstance(each.get("resource"), dict)]
    names: dict[str, str] = {}
    for each in entries:
        resource, url = each["resource"], each.get("fullUrl")
        if isinstance(url, str) and url.startswith("urn:"):
            identity = resource.setdefault("id", url.rpartition(":")[2])
            names[url] = f"{resource.get('resourceType')}/{identity}"
    for each in entries:
        yield _renamed(each["resource"], names) if names else each["resource"]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(item, item) if key == "reference" and isinstance(item, str) else _renamed(item, names)
            for key, item in value.items()
        }
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value


def _is_read(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts[-2:])
    known = (*_NDJSON, *_JSON, *_PARQUET)
    return path.is_file() and not hidden and path.name.removesuffix(_GZIP).endswith(known)


def _source(path: Path, place: Path) -> Source:
    try:
        kept = path.stat()
        with path.open("rb") as file:
            head = hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()
    except OSError as error:
        raise BadRequest(f"{path}: {error.strerror}") from None
    name = str(path.relative_to(place)) if place.is_dir() else path.name
    return Source(path, name, kept.st_size, kept.st_mtime_ns, head)
