"""Whoever reaches a class or gets a card is kept by the first pass: python -m tests.population.seeds_hold COUNT."""

import random
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from service.errors import MmnCdsError
from service.evaluate import Evaluator
from service.screening.keeping import Keeper
from service.screening.seeds import Seeds
from service.screening.sources import sources_of
from tests.patient_folders import PatientFolder, results_of
from tests.population.mutated import mutated_people

_MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


def lost(count: int, seed: int, evaluator: Evaluator, place: Path) -> tuple[list[str], int]:
    """The folders of those who are lost of so many changed charts, which lie in one file; and how many are not kept."""
    people = list(mutated_people(count, random.Random(seed)))  # noqa: S311  # charts, no secrets
    path = place / "all.ndjson"
    lines = (orjson.dumps(resource) for _, _, _, resources in people for resource in resources)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    keeper = Keeper(Seeds(evaluator.knowledge, evaluator.mappings, _MOMENT), place)
    (source,) = sources_of([path])
    kept = keeper.kept(source).patients
    keeper.close()
    others = [(folder, bundle) for folder, bundle, name, _ in people if name not in kept]
    return [folder.name for folder, bundle in others if says_something(folder, bundle, evaluator)], len(others)


def says_something(folder: PatientFolder, bundle: Mapping[str, Any], evaluator: Evaluator) -> bool:
    """Whether a class is reached or a card made of a chart."""
    try:
        answer = folder.answer(evaluator, bundle)
    except MmnCdsError:
        return False
    return any(
        each["evaluation"]["classification"]["reached"] != "none" or each["cards"] for each in results_of(answer)
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        gone, others = lost(int(sys.argv[1]), 13, Evaluator.load(), Path(made))
    print(f"{sys.argv[1]} changed charts: {others} not kept, of whom {len(gone)} say something", *gone)  # noqa: T201
    sys.exit(bool(gone))
