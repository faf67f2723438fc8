"""What the receiver of results is told: what changed since it was last told something, and what no longer holds."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from service.json_guard import exact_number, read_json
from service.result_as_fhir import BASE, bundle_of

IDENTIFIER_SYSTEM = f"{BASE}/notified-result"
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """``digest``: of class, verdicts and advice. ``advice``: what each entry of it is called, with its words."""

    digest: str
    reached: str
    advice: Mapping[str, str]

    def packed(self) -> bytes:
        """As it is kept."""
        return orjson.dumps({"digest": self.digest, "reached": self.reached, "advice": dict(self.advice)})

    @classmethod
    def unpacked(cls, content: bytes) -> "Told":
        """As it was kept."""
        told: Any = read_json(content)
        return cls(told["digest"], told["reached"], told["advice"])


def told_of(result: Content) -> Told:
    """What a result ``{cards, evaluation}`` says, without the moment at which it says so."""
    evaluation = result["evaluation"]
    found = evaluation["classification"]
    advice = {name: str(row["label"]) for name, row in _named(evaluation["advice"])}
    said = {
        "class": [found["reached"], found["attainable"]],
        "criteria": {row["id"]: row["verdict"] for row in evaluation["criteria"]},
        "advice": {name: [row["severity"], row["values"]] for name, row in _named(evaluation["advice"])},
        "differentials": sorted(row["id"] for row in evaluation["differentials"]),
    }
    text = orjson.dumps(said, default=exact_number, option=orjson.OPT_SORT_KEYS)
    return Told(hashlib.sha256(text).hexdigest(), str(found["reached"]), advice)


def as_event(result: Content, before: Told, server: str) -> bytes:
    """The payload of a webhook (Standard Webhooks): class, advice, cards in a line each, and what no longer holds."""
    evaluation, now = result["evaluation"], told_of(result)
    found = evaluation["classification"]
    data = {
        "patient": evaluation["patient"],
        "fhirServer": server,
        "knowledge": evaluation["knowledge"],
        "classification": {name: found[name] for name in ("criteriaSet", "reached", "attainable")},
        "reachedBefore": before.reached,
        "advice": [{name: row[name] for name in ("id", "label", "severity")} for row in evaluation["advice"]],
        "cards": [{name: card[name] for name in ("summary", "indicator")} for card in result["cards"]],
        "withdrawn": [label for name, label in before.advice.items() if name not in now.advice],
    }
    return orjson.dumps(
        {"type": "mmn.verdicts.changed", "timestamp": evaluation["asOf"], "data": data}, default=exact_number
    )


def as_resources(result: Content, before: Told, nothing: Told, mark: str) -> list[dict[str, Any]]:
    """The resources to update by their identifier: the class, each advice, and as ``entered-in-error`` what is over.

    ``nothing``: what is said of an empty chart. ``mark``: a keyed hash that stands for the patient.
    """
    evaluation, now = result["evaluation"], told_of(result)
    held = [entry["resource"] for entry in bundle_of(result)["entry"]]
    issues = [each for each in held if each["resourceType"] == "DetectedIssue"]
    named = [name for name, _ in _named(evaluation["advice"])]
    current = [_identified(issue, mark, name) for name, issue in zip(named, issues, strict=True)]
    over = [_over(evaluation, label, mark, name) for name, label in before.advice.items() if name not in now.advice]
    return [_guidance(evaluation, mark, holds=now.digest != nothing.digest), *current, *over]


def _named(advice: Sequence[Content]) -> list[tuple[str, Content]]:
    """Each entry with a name of its own: its rule, the order that it is about, and a number where both are the same."""
    named: list[tuple[str, Content]] = []
    times: dict[str, int] = {}
    for row in advice:
        name = f"{row['id']} {row.get('order', '')}".strip()
        times[name] = times.get(name, 0) + 1
        named.append((name if times[name] == 1 else f"{name} {times[name]}", row))
    return named


def _identified(resource: Content, mark: str, name: str) -> dict[str, Any]:
    value = hashlib.sha256(f"{mark} {name}".encode()).hexdigest()[:40]
    # The server gives it an id, and keeps it.
    kept = {key: item for key, item in resource.items() if key != "id"}
    return {**kept, "identifier": [{"system": IDENTIFIER_SYSTEM, "value": value}]}


def _guidance(evaluation: Content, mark: str, *, holds: bool) -> dict[str, Any]:
    found = evaluation["classification"]
    told = [{"name": name, "valueString": found[name]} for name in ("criteriaSet", "reached", "attainable")]
    status = "data-required" if found["wouldChange"] else "success"
    resource = {
        "resourceType": "GuidanceResponse",
        "contained": [{"resourceType": "Parameters", "id": "class", "parameter": told}],
        "moduleUri": f"{BASE}/OperationDefinition/mmn-notify",
        "status": status if holds else "entered-in-error",
        "subject": {"reference": evaluation["patient"]},
        "occurrenceDateTime": evaluation["asOf"],
        "note": [{"text": f"Multifocal motor neuropathy by {found['criteriaSet']}: {found['reached']}"}],
        "outputParameters": {"reference": "#class"},
    }
    return _identified(resource, mark, "class")


def _over(evaluation: Content, label: str, mark: str, name: str) -> dict[str, Any]:
    resource = {
        "resourceType": "DetectedIssue",
        "status": "entered-in-error",
        "code": {"text": label},
        "patient": {"reference": evaluation["patient"]},
        "identifiedDateTime": evaluation["asOf"],
    }
    return _identified(resource, mark, name)
