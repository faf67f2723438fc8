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
from service.knowledge.model import Knowledge
from service.screening.keeping import Keeper, owner_of
from service.screening.seed_elements import read_part
from service.screening.seeds import MEDICATION, Seeds
from service.screening.sources import resources_in, sources_of
from tests.patient_folders import PatientFolder, results_of
from tests.population.mutated import mutated_people

_MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """What came of some changed charts. ``lost``: folders of those who are not kept and say something.

    ``spoiled``: of those of whom only this is said, that data could not be used which would be no seed either if they
    could. ``others``: how many are not kept.
    """

    lost: list[str]
    spoiled: list[str]
    others: int


def held(count: int, seed: int, evaluator: Evaluator, place: Path) -> Held:
    """Look through so many changed charts, which lie in one file, and evaluate those who are not kept."""
    people = list(mutated_people(count, random.Random(seed)))  # noqa: S311  # charts, no secrets
    path = place / "all.ndjson"
    lines = (orjson.dumps(resource) for _, _, _, resources in people for resource in resources)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    seeds = Seeds(evaluator.knowledge, evaluator.mappings, _MOMENT)
    keeper = Keeper(seeds, place)
    (source,) = sources_of([path])
    kept = keeper.kept(source).patients
    keeper.close()
    made = Held([], [], sum(name not in kept for _, _, name, _ in people))
    for folder, _, name, resources in people:
        said = _said(folder, chart_of(name, resources), evaluator) if name not in kept else ()
        if said:
            listed = made.spoiled if is_no_seed_even_whole(said, folder, seeds, evaluator.knowledge) else made.lost
            listed.append(folder.name)
    return made


def chart_of(name: str, resources: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What a population holds of a patient: what names another one, or nobody, is not of this chart."""
    own = [each for each in resources if each.get("resourceType") == MEDICATION or owner_of(each) == name]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in own]}


def is_no_seed_even_whole(
    said: Iterable[Mapping[str, Any]], folder: PatientFolder, seeds: Seeds, knowledge: Knowledge
) -> bool:
    """Whether all that is said is that data could not be used, and none of them is a seed as the folder has it.

    The first pass reads no value; a weight whose value is no JSON that FHIR knows bears on doses, and on no class.
    """
    cards = [card["source"]["topic"]["code"] for each in said for card in each["cards"]]
    reached = {each["evaluation"]["classification"]["reached"] for each in said}
    if reached != {"none"} or set(cards) != {f"{knowledge.id}DiagnosisUnusable"}:
        return False
    whole = {f"{each['resourceType']}/{each.get('id')}": each for each in resources_of_bundle(folder.bundle)}
    rows = [row for each in said for row in each["evaluation"]["excluded"]]
    unusable = [row["resource"] for row in rows if row["reason"] in knowledge.face.policy.unusable]
    return bool(unusable) and all(name in whole and not seeds.in_resource(read_part(whole[name])) for name in unusable)


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
    spoiled = f"and {len(found.spoiled)} say only that data could not be used which are no seed"
    print(lost, *found.lost, spoiled, *found.spoiled)  # noqa: T201
    sys.exit(bool(found.lost))
