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
from service.knowledge.load import knowledge_root
from service.knowledge.yaml_file import read_yaml
from service.web.answers import exact_number
from service.web.canaries import FOLDER, in_short
from tests.patient_folders import patient_folders

AS_OF = "2026-03-04T10:20:00Z"
Json = dict[str, Any]
_UCUM, _SUBJECT = "http://unitsofmeasure.org", {"reference": "Patient/canary"}


def charts() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name, moment and Bundle of every chart that can be chosen; the made ones first."""
    for name, entries in _made().items():
        resources = [{"resourceType": "Patient", "id": "canary", "birthDate": "1970-01-01", "gender": "female"}]
        own = [{"id": f"r{place}", "subject": _SUBJECT, **each} for place, each in enumerate(entries)]
        patients = [each for each in own if each["resourceType"] == "Patient"]
        kept = [
            {**resources[0], **{key: value for key, value in each.items() if key not in ("id", "subject")}}
            for each in patients
        ] or resources
        kept += [each for each in own if each["resourceType"] != "Patient"]
        yield (
            name,
            AS_OF,
            {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in kept]},
        )
    for folder in patient_folders():
        if "results" not in folder.expected:
            yield folder.name, folder.expected["asOf"], folder.bundle


def _made() -> dict[str, list[Json]]:
    likely, weight = _condition("http://hl7.org/fhir/sid/icd-10-cm", "G61.82"), _weight()
    return {
        "immunoglobulin-for-a-child": [
            likely,
            weight,
            {"resourceType": "Patient", "birthDate": "2014-05-01"},
            _ordered(),
        ],
        "immunoglobulin-into-a-muscle": [likely, weight, _ordered(route="intramuscular")],
        "subcutaneous-product-into-a-vein": [likely, weight, _ordered("Hizentra", "intravenous")],
        "subcutaneous-immunoglobulin": [likely, weight, _ordered("Hizentra", "subcutaneous")],
        "maltose-in-diabetes": [
            likely,
            weight,
            _condition("http://hl7.org/fhir/sid/icd-10-cm", "E11.9"),
            _ordered("Octagam"),
        ],
        "no-product-in-fructose-intolerance": [
            likely,
            weight,
            _condition("http://hl7.org/fhir/sid/icd-10-cm", "E74.12"),
            _ordered(),
        ],
        "sorbitol-in-fructose-intolerance": [
            likely,
            weight,
            _condition("http://hl7.org/fhir/sid/icd-10-cm", "E74.12"),
            _ordered("Flebogamma"),
        ],
        "sucrose-and-a-low-egfr": [likely, weight, _result("98979-8", 24, "mL/min/{1.73_m2}"), _ordered("Carimune")],
        "sucrose-and-diabetes": [
            likely,
            weight,
            _condition("http://hl7.org/fhir/sid/icd-10-cm", "E11.9"),
            _result("98979-8", 90, "mL/min/{1.73_m2}"),
            _ordered("Carimune"),
        ],
        "iga-deficiency-with-antibodies": [
            likely,
            weight,
            _condition("http://hl7.org/fhir/sid/icd-10-cm", "D80.2"),
            _ordered(),
        ],
        "far-too-many-grams": [likely, _ordered(grams=900)],
        "course-of-twelve-days": [likely, weight, _ordered(days=12, grams=13)],
        "als-by-icd-11-and-immunoglobulin": [
            likely,
            weight,
            _condition("http://id.who.int/icd/release/11/mms", "8B60.0"),
            _ordered(),
        ],
        "cidp-by-icd-10-and-a-steroid": [likely, _condition("http://hl7.org/fhir/sid/icd-10", "G61.8"), _steroid()],
        "steroid-in-mmn-by-snomed": [_condition("http://snomed.info/sct", "230591002"), _steroid()],
    }


def _condition(system: str, code: str) -> Json:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": {"coding": [{"system": system, "code": code}]},
        "recordedDate": "2026-02-01",
    }


def _weight() -> Json:
    return _result("29463-7", 80, "kg")


def _result(code: str, value: float, unit: str) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": "2026-02-28",
        "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit},
    }


def _ordered(product: str = "", route: str = "intravenous", grams: float = 32, days: int = 5) -> Json:
    coding = [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1426680"}]
    quantity = {"value": grams, "unit": "g", "system": _UCUM, "code": "g"}
    return {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "authoredOn": "2026-03-04",
        "medicationCodeableConcept": {"text": product} if product else {"coding": coding},
        "dosageInstruction": [
            {
                "route": {"text": route},
                "timing": {"repeat": {"count": days, "frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": quantity}],
            }
        ],
    }


def _steroid() -> Json:
    coding = [{"system": "http://www.whocc.no/atc", "code": "H02AB07"}]
    return {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "authoredOn": "2026-03-04",
        "medicationCodeableConcept": {"coding": coding},
        "dosageInstruction": [
            {
                "text": "60 mg once daily for 30 days",
                "timing": {"repeat": {"count": 30, "frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 60, "unit": "mg", "system": _UCUM, "code": "mg"}}],
            }
        ],
    }


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
    """Write all files anew."""
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, content in chosen(Evaluator.load()).items():
        (FOLDER / f"{name}.json").write_bytes(written(content))


if __name__ == "__main__":
    main()
