"""A population as a FHIR server exports it in bulk: a file of lines for each type.

``python -m tests.population.written PLACE PEOPLE [CHANGED]`` writes so many ordinary charts, the twenty planted ones,
and so many that are made of the patient folders by chance.
"""

import gzip
import random
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from tests.population.mutated import mutated_people
from tests.population.ordinary import ordinary, with_something
from tests.population.planted import planted


def population(people: int, with_seed: int = 12, seed: int = 1) -> Iterable[dict[str, Any]]:
    """So many ordinary charts, some of them with a seed, and the planted ones."""
    return chain(
        chain.from_iterable(ordinary(number, seed) for number in range(people - with_seed)),
        chain.from_iterable(with_something(number) for number in range(with_seed)),
        chain.from_iterable(resources for _, _, resources in planted()),
    )


def write_bulk(place: Path, resources: Iterable[dict[str, Any]], *, packed: bool = False, lines: int = 50_000) -> int:
    """Write files such as ``Observation.000.ndjson``, of so many lines each; the bytes written, unpacked."""
    place.mkdir(parents=True, exist_ok=True)
    held: dict[str, list[bytes]] = {}
    numbers: dict[str, int] = {}
    size = 0
    for resource in resources:
        kind = resource["resourceType"]
        line = orjson.dumps(resource) + b"\n"
        size += len(line)
        held.setdefault(kind, []).append(line)
        if len(held[kind]) == lines:
            _write(place, kind, numbers, held.pop(kind), packed=packed)
    for kind, rest in held.items():
        _write(place, kind, numbers, rest, packed=packed)
    return size


def _write(place: Path, kind: str, numbers: dict[str, int], lines: list[bytes], *, packed: bool) -> None:
    number = numbers[kind] = numbers.get(kind, -1) + 1
    path = place / f"{kind}.{number:03}.ndjson"
    content = b"".join(lines)
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 1))
    else:
        path.write_bytes(content)


if __name__ == "__main__":
    count = int(sys.argv[3]) if sys.argv[3:] else 0
    changed = (each for *_, resources in mutated_people(count, random.Random(1)) for each in resources)  # noqa: S311  # charts, no secrets
    write_bulk(Path(sys.argv[1]), chain(population(int(sys.argv[2])), changed))
