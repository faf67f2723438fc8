"""The second pass, first half: the lines of the patients who were kept, put together by partition of patients."""

import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from service.screening.keeping import medications_of, owner_of
from service.screening.seeds import MEDICATION, Seeds
from service.screening.sources import BUNDLE, NAMED, Faults, Json, Source, kind_of_lines, lines_of, resources_of

# Charts of so many patients are held at once.
PATIENTS_AT_ONCE = 50
_PERSON = re.compile(rb'"resourceType"\s*:\s*"Patient"')
_MOST_BUFFERED = 16 * 1024 * 1024


def partitions_for(kept: int) -> int:
    """How many partitions so many patients make."""
    return max(1, -(-kept // PATIENTS_AT_ONCE))


def partition_of(patient: str, partitions: int) -> int:
    """The partition of a patient."""
    return zlib.crc32(patient.encode()) % partitions


def gather(source: Source, kept: Collection[str], partitions: int, seeds: Seeds, place: Path) -> list[str]:
    """Write a file for each partition that this source has lines of; the Medications that these point to."""
    spill = _Spill(place)
    pointed: set[str] = set()
    for owner, line, names in lines_of_kept(source, kept, seeds):
        pointed.update(names)
        spill.add(partition_of(owner, partitions), owner, line)
    spill.flush()
    return sorted(pointed)


def lines_of_kept(source: Source, kept: Collection[str], seeds: Seeds) -> Iterator[tuple[str, bytes, list[str]]]:
    """Patient and line of each resource that is read of those who are kept; the Medications that it points to."""
    for owner, resource, line in _of_patients(source, kept):
        if seeds.reads(str(resource.get("resourceType"))):
            yield owner, line.strip(), list(medications_of(resource))


def gather_medications(source: Source, wanted: Collection[str], place: Path) -> None:
    """Write the Medications of a source that somebody points to."""
    spill = _Spill(place)
    for identity, line in medications_among(source, wanted):
        spill.add(0, identity, line)
    spill.flush()


def medications_among(source: Source, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Id and line of the Medications of a source that somebody points to."""
    for resource in resources_of(source, Faults(source.name)):
        if resource.get("resourceType") == MEDICATION and resource.get("id") in wanted:
            yield str(resource["id"]), orjson.dumps(resource)


def charts_in(folders: Sequence[Path], partition: int) -> Iterator[tuple[str, list[bytes]]]:
    """Patient and lines of a partition, in order of patient."""
    charts: dict[str, list[bytes]] = {}
    for folder in folders:
        for owner, line in _written(folder, partition):
            charts.setdefault(owner, []).append(line)
    for owner in sorted(charts):
        yield owner, charts.pop(owner)


def medications_in(folders: Sequence[Path]) -> Mapping[str, bytes]:
    """The Medications that were gathered, by id."""
    return {identity: line for folder in folders for identity, line in _written(folder, 0)}


def _of_patients(source: Source, kept: Collection[str]) -> Iterator[tuple[str, Json, bytes]]:
    if source.is_lines and kind_of_lines(source) != BUNDLE:
        for line in _lines_naming(source, kept):
            resource = orjson.loads(line)
            if (owner := owner_of(resource)) in kept:
                yield owner, resource, line
        return
    for resource in resources_of(source, Faults(source.name)):
        if (owner := owner_of(resource)) in kept:
            yield owner, resource, orjson.dumps(resource)


def _lines_naming(source: Source, kept: Collection[str]) -> Iterator[bytes]:
    """The whole lines in which one of the patients is named, found without reading them as JSON."""
    wanted = {patient.encode() for patient in kept}
    for line in _raw_lines(source):
        if (not wanted.isdisjoint(NAMED.findall(line)) or _PERSON.search(line)) and _is_object(line):
            yield line


def _raw_lines(source: Source) -> Iterator[bytes]:
    if source.is_gzip:
        # A packed file may end too early: there each line is looked at.
        yield from (line for _, _, line in lines_of(source, Faults(source.name)))
        return
    offset = source.start
    with source.opened() as file:
        for line in file:
            yield line
            offset += len(line)
            if source.end and offset >= source.end:
                return


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _written(folder: Path, partition: int) -> Iterator[tuple[str, bytes]]:
    path = folder / str(partition)
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            owner, _, content = line.partition(b"\t")
            yield owner.decode(), content


class _Spill:
    """Lines by partition, buffered, so that any number of partitions needs one open file."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._held: dict[int, list[bytes]] = {}
        self._size = 0

    def add(self, partition: int, owner: str, line: bytes) -> None:
        self._held.setdefault(partition, []).append(b"%s\t%s\n" % (owner.encode(), line))
        self._size += len(line)
        if self._size > _MOST_BUFFERED:
            self.flush()

    def flush(self) -> None:
        for partition, lines in self._held.items():
            with (self._place / str(partition)).open("ab") as file:
                file.writelines(lines)
        self._held.clear()
        self._size = 0
