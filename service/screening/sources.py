"""The files of a population: NDJSON of resources or Bundles, plain or gzip, folders of Bundles, Parquet.

Whatever is wrong with a file costs what is wrong and no more: each fault is kept with its file and byte offset.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from service.errors import BadRequest
from service.screening.column_store import rows_of_parquet

Json = Mapping[str, Any]
_NDJSON, _JSON, _PARQUET = (".ndjson", ".jsonl"), (".json",), (".parquet",)
_GZIP = ".gz"
_HEAD_BYTES = 64 * 1024
# A line of this length is no resource; the rest of it is passed over.
LONGEST_LINE = 64 * 1024 * 1024
_BUNDLE = "Bundle"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that could not be read: ``offset`` in bytes of the file, unpacked; ``what`` in a word or two."""

    file: str
    offset: int
    what: str


@dataclass(slots=True)
class Faults:
    """The faults of a file: the first of them one by one, and how many there are of each kind."""

    file: str
    first: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _most: int = 100

    def add(self, offset: int, what: str) -> None:
        """Note one more."""
        self.counts[what] = self.counts.get(what, 0) + 1
        if len(self.first) < self._most:
            self.first.append(Fault(self.file, offset, what))


@dataclass(frozen=True, slots=True)
class Source:
    """One file: ``name`` is its path below what was asked for. ``size``, ``changed`` and ``head`` say which it is."""

    path: Path
    name: str
    size: int
    changed: int
    head: str

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

    def opened(self) -> IO[bytes]:
        """Its bytes, unpacked."""
        return gzip.open(self.path, "rb") if self.is_gzip else self.path.open("rb")  # type: ignore[return-value]  # gzip's own type


def sources_of(places: Sequence[Path]) -> list[Source]:
    """All files that are meant, in order of name; BadRequest where there is none, or one that cannot be read."""
    found: list[Source] = []
    for place in places:
        paths = sorted(path for path in place.rglob("*") if _is_read(path)) if place.is_dir() else [place]
        found += [_source(path, place) for path in paths]
    if not found:
        raise BadRequest("no file ends in .ndjson, .jsonl, .json, .parquet, or one of the first three with .gz")
    return found


def is_of_bundles(source: Source) -> bool:
    """Whether the lines of a file are Bundles, by the first that can be read."""
    first = next((resource for _, resource, _ in lines_of(source, Faults(source.name))), {})
    return first.get("resourceType") == _BUNDLE


def resources_of(source: Source, faults: Faults) -> Iterator[Json]:
    """Each resource of any file, those of Bundles with references that stand by themselves."""
    if source.is_parquet:
        yield from rows_of_parquet(source.path)
        return
    read = lines_of(source, faults) if source.is_lines else _whole(source, faults)
    for offset, resource, _ in read:
        if resource.get("resourceType") != _BUNDLE:
            yield resource
            continue
        try:
            yield from resources_in(resource)
        except (AttributeError, TypeError):
            faults.add(offset, "no Bundle")


def lines_of(source: Source, faults: Faults) -> Iterator[tuple[int, Json, bytes]]:
    """Offset, resource and bytes of each line that holds one; what is wrong goes to ``faults``."""
    for offset, line in _cut(source, faults):
        if not line.strip():
            continue
        try:
            resource = orjson.loads(line)
        except orjson.JSONDecodeError:
            faults.add(offset, "bad line")
            continue
        if isinstance(resource, dict):
            yield offset, resource, line
        else:
            faults.add(offset, "bad line")


def _cut(source: Source, faults: Faults) -> Iterator[tuple[int, bytes]]:
    offset = 0
    try:
        with source.opened() as file:
            while line := file.readline(LONGEST_LINE):
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
        resource = orjson.loads(content)
    except (EOFError, zlib.error, OSError):
        faults.add(0, "unreadable file")
        return
    except orjson.JSONDecodeError:
        faults.add(0, "bad line")
        return
    if isinstance(resource, dict):
        yield 0, resource, content
    else:
        faults.add(0, "bad line")


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
