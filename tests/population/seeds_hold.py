"""Whoever reaches a class or gets a card is kept: python -m tests.population.seeds_hold COUNT SEED."""

import random
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from service.errors import MmnCdsError
from service.evaluate import Evaluator
from service.screening.keeping import Keeper, owner_of
from service.screening.seeds import MEDICATION, Seeds
from service.screening.sources import resources_in, sources_of
from tests.patient_folders import PatientFolder, results_of
from tests.population.mutated import mutated_people

_MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """What came of some changed charts. ``lost``: folders of those who are not kept and say something.

    ``others``: how many are not kept.
    """

    lost: list[str]
    others: int


def held(count: int, seed: int, evaluator: Evaluator, place: Path) -> Held:
    """Look through so many changed charts, which lie in one file, and evaluate those who are not kept."""
    people = list(mutated_people(count, random.Random(seed)))  # noqa: S311  # charts, no secrets
    path = place / "all.ndjson"
    lines = (orjson.dumps(resource) for _, _, _, resources in people for resource in resources)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    keeper = Keeper(Seeds(evaluator.knowledge, evaluator.mappings, _MOMENT), place)
    (source,) = sources_of([path])
    kept = keeper.kept(source).patients
    keeper.close()
    made = Held([], sum(name not in kept for _, _, name, _ in people))
    for folder, _, name, resources in people:
        said = _said(folder, chart_of(name, resources), evaluator) if name not in kept else ()
        if said:
            made.lost.append(folder.name)
    return made


def chart_of(name: str, resources: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What a population holds of a patient: what names another one, or nobody, is not of this chart."""
    own = [each for each in resources if each.get("resourceType") == MEDICATION or owner_of(each) == name]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in own]}


def says_something(folder: PatientFolder, bundle: Mapping[str, Any], evaluator: Evaluator) -> bool:
    """Whether a class is reached or lost, or a card made of a chart."""
    return bool(_said(folder, bundle, evaluator))


def _said(folder: PatientFolder, bundle: Mapping[str, Any], evaluator: Evaluator) -> Sequence[Mapping[str, Any]]:
    """The results of a chart in which a class is reached or lost, or a card is made."""
    try:
        answer = folder.answer(evaluator, bundle)
    except MmnCdsError:
        return ()
    results = results_of(answer)
    return [each for each in results if each["evaluation"]["classification"]["reached"] != "none" or each["cards"]]


def resources_of_bundle(bundle: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The resources of a folder as any JSON library reads them."""
    return list(resources_in(orjson.loads(orjson.dumps(bundle, default=float))))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        found = held(int(sys.argv[1]), int(sys.argv[2]), Evaluator.load(), Path(made))
    lost = f"{sys.argv[1]} changed charts: {found.others} not kept, of whom {len(found.lost)} say something"
    print(lost, *found.lost)  # noqa: T201
    sys.exit(bool(found.lost))
