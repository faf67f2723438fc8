"""Writes the canary patients anew: ``make canaries``; then read the difference, which is a change of clinical answers.

Charts are chosen from the patient folders, and made here where no folder has them, until every rule that warns, every
topic that warns and every code system of the mappings is in one of them at least.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import orjson

from service.evaluate import Evaluator
from service.json_guard import read_json
from service.knowledge.load import knowledge_root
from service.knowledge.yaml_file import read_yaml
from service.web.answers import exact_number
from service.web.canaries import in_short
from tests.canary_charts import AS_OF, IN_PART, SEARCH_OF_A_PART, SUBJECT, made
from tests.patient_folders import patient_folders
from tests.shipped import shipped

Json = dict[str, Any]
FOLDER = knowledge_root() / "rules" / "mmn" / "canaries"
_SUBJECT_OF = {"AllergyIntolerance": "patient"}


def charts() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name, moment and Bundle of every chart that can be chosen; the made ones first."""
    for name, entries in made().items():
        resources = [{"resourceType": "Patient", "id": "canary", "birthDate": "1970-01-01", "gender": "female"}]
        own = [
            {"id": f"r{place}", _SUBJECT_OF.get(each["resourceType"], "subject"): SUBJECT, **each}
            for place, each in enumerate(entries)
        ]
        patients = [each for each in own if each["resourceType"] == "Patient"]
        kept = [
            {**resources[0], **{key: value for key, value in each.items() if key not in ("id", "subject")}}
            for each in patients
        ] or resources
        kept += [each for each in own if each["resourceType"] != "Patient"]
        kind = {"type": "searchset", "link": [SEARCH_OF_A_PART]} if name in IN_PART else {"type": "collection"}
        bundle = {"resourceType": "Bundle", **kind, "entry": [{"resource": each} for each in kept]}
        # Numbers as a caller sends them: exact, never binary.
        sent: Any = read_json(orjson.dumps(bundle))
        yield name, AS_OF, sent
    for folder in patient_folders():
        if "results" not in folder.expected:
            yield folder.name, folder.expected["asOf"], folder.bundle


def covered(bundle: Mapping[str, Any], short: Mapping[str, Any], systems: Mapping[str, str]) -> set[str]:
    """What a chart watches over: rules, topics that warn, code systems."""
    text = orjson.dumps(bundle, default=exact_number).decode()
    topics = {card.partition(" ")[2] for card in short["cards"]}
    rules = {row.partition(" ")[2] for row in short["advice"]} | set(short["differentials"])
    return topics | rules | {uri for uri in systems if f'"{uri}"' in text}


def chosen(evaluator: Evaluator) -> dict[str, Json]:
    """Few charts that cover all that any chart covers, each with its answer."""
    systems = {uri: uri for uri in system_uris()}
    shorts = {
        name: (moment, bundle, in_short(bundle, datetime.fromisoformat(moment), evaluator))
        for name, moment, bundle in charts()
    }
    covers = {name: covered(bundle, short, systems) for name, (_, bundle, short) in shorts.items()}
    left, picked = set().union(*covers.values()), {}
    while left:
        best = max(covers, key=lambda name: (len(covers[name] & left), name))
        moment, bundle, short = shorts[best]
        picked[best] = {"asOf": moment, "expected": short, "bundle": bundle}
        left -= covers[best]
    return picked


@cache
def system_uris() -> tuple[str, ...]:
    """The code systems that the mapping files know."""
    table: Any = read_yaml(knowledge_root() / "fhir_mappings" / "systems.yaml")["systems"]
    return tuple(table.values())


def written(content: Json) -> bytes:
    """A canary as its file holds it."""
    return orjson.dumps(content, default=exact_number, option=orjson.OPT_INDENT_2) + b"\n"


def main() -> None:
    """Write all files anew, once all answers are known."""
    files = {name: written(content) for name, content in chosen(shipped()).items()}
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, content in files.items():
        (FOLDER / f"{name}.json").write_bytes(content)


if __name__ == "__main__":
    main()
