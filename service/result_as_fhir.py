"""The result of an evaluation as FHIR R4: the same content, for callers that keep resources and no JSON of ours.

GuidanceResponse (whole), ClinicalImpression (class, criteria, differential diagnoses), Parameters (class, conduction,
what would change), RequestGroup (cards and what they suggest), DetectedIssue (advice), OperationOutcome (not used).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

Content = Mapping[str, Any]
Resource = dict[str, Any]

BASE = "https://mmn-cds.example.org/fhir"
_RULES, _TOPICS = f"{BASE}/CodeSystem/rule", f"{BASE}/CodeSystem/card-topic"
_ACTIONS = "http://terminology.hl7.org/CodeSystem/action-type"
_PRIORITIES = {"info": "routine", "warning": "urgent", "critical": "stat"}
_SEVERITIES = {"info": "low", "warning": "moderate", "critical": "high"}
# What ClinicalImpression.investigation.item may point to, of what is evidence here.
_INVESTIGATIONS = ("Observation/", "DiagnosticReport/")


def bundle_of(answer: Content) -> Resource:
    """A collection Bundle of an answer for one patient, ``{cards, evaluation}``, or for several, ``{results}``."""
    results: Sequence[Content] = answer.get("results", (answer,))
    entries = [entry for result in results for entry in _entries(result)]
    entries += [_entry(_not_used(answer["excluded"]))] if answer.get("excluded") else []
    return {"resourceType": "Bundle", "id": str(uuid4()), "type": "collection", "entry": entries}


def _entries(result: Content) -> Iterator[Resource]:
    evaluation = result["evaluation"]
    about = {"reference": evaluation["patient"]}
    group, suggested = _request_group(result["cards"], evaluation)
    left_out = _entry(_not_used(evaluation["excluded"])) if evaluation["excluded"] else None
    impression, parameters = _entry(_impression(evaluation)), _entry(_parameters(evaluation))
    yield _entry(
        {
            "resourceType": "GuidanceResponse",
            "moduleUri": f"{BASE}/OperationDefinition/mmn-evaluate",
            "status": "data-required" if evaluation["classification"]["wouldChange"] else "success",
            "subject": about,
            "occurrenceDateTime": evaluation["asOf"],
            "outputParameters": {"reference": parameters["fullUrl"]},
            **({"result": {"reference": group["fullUrl"]}} if group else {}),
            **({"evaluationMessage": [{"reference": left_out["fullUrl"]}]} if left_out else {}),
        }
    )
    yield impression
    yield parameters
    yield from (_entry(_issue(advice, evaluation)) for advice in evaluation["advice"])
    yield from (entry for entry in (group, *suggested, left_out) if entry)


def _entry(resource: Resource) -> Resource:
    identity = str(uuid4())
    return {"fullUrl": f"urn:uuid:{identity}", "resource": {**resource, "id": identity}}


def _impression(evaluation: Content) -> Resource:
    found = evaluation["classification"]
    evidence = list(dict.fromkeys(each for row in evaluation["criteria"] for each in row["evidence"]))
    items = [{"reference": each} for each in evidence if each.startswith(_INVESTIGATIONS)]
    others = [{"reference": each} for each in evidence if not each.startswith(_INVESTIGATIONS)]
    return {
        "resourceType": "ClinicalImpression",
        "status": "completed",
        "subject": {"reference": evaluation["patient"]},
        "effectiveDateTime": evaluation["asOf"],
        "summary": f"Multifocal motor neuropathy by {found['criteriaSet']}: class reached {found['reached']}, "
        f"still attainable {found['attainable']}",
        "finding": [
            *(_finding(row, f"{row['verdict']}: {row['why']} ({row['source']})") for row in evaluation["criteria"]),
            *(_finding(row, f"to consider: {'; '.join(row['reasons'])}") for row in evaluation["differentials"]),
        ],
        **({"investigation": [{"code": {"text": "Evidence"}, "item": items}]} if items else {}),
        **({"supportingInfo": others} if others else {}),
    }


def _finding(row: Content, basis: str) -> Resource:
    return {"itemCodeableConcept": _rule(row), "basis": basis}


def _rule(row: Content) -> Resource:
    return {"coding": [{"system": _RULES, "code": row["id"]}], "text": row["label"]}


def _parameters(evaluation: Content) -> Resource:
    found, knowledge = evaluation["classification"], evaluation["knowledge"]
    told = [
        *(_text(name, found[name]) for name in ("criteriaSet", "reached", "attainable")),
        {"name": "knowledge", "part": [_text(name, knowledge[name]) for name in ("id", "version", "hash")]},
        *({"name": "wouldChange", "part": [_text(*pair) for pair in row.items()]} for row in found["wouldChange"]),
        *({"name": "conduction", "part": list(_parts(row))} for row in evaluation["conduction"]),
    ]
    return {"resourceType": "Parameters", "parameter": told}


def _parts(row: Content) -> Iterator[Resource]:
    for name, value in row.items():
        yield from (_text(name, each) for each in (value if isinstance(value, list) else [value]))


def _text(name: str, value: str) -> Resource:
    return {"name": name, "valueString": value}


def _issue(advice: Content, evaluation: Content) -> Resource:
    evidence = [{"reference": each} for each in advice["evidence"]]
    values = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in advice["values"].items())
    return {
        "resourceType": "DetectedIssue",
        "status": "final",
        "code": _rule(advice),
        "severity": _SEVERITIES[advice["severity"]],
        "patient": {"reference": evaluation["patient"]},
        "identifiedDateTime": evaluation["asOf"],
        "detail": f"{values}. Source: {advice['source']}" if values else f"Source: {advice['source']}",
        **({"implicated": [{"reference": advice["order"]}]} if "order" in advice else {}),
        **({"evidence": [{"detail": evidence}]} if evidence else {}),
    }


def _request_group(cards: Sequence[Content], evaluation: Content) -> tuple[Resource | None, list[Resource]]:
    """The cards as one group of proposals, and an entry for each resource that they suggest."""
    suggested: list[Resource] = []
    actions = [_card_action(card, suggested) for card in cards]
    if not actions:
        return None, []
    group = {
        "resourceType": "RequestGroup",
        "status": "active",
        "intent": "proposal",
        "subject": {"reference": evaluation["patient"]},
        "authoredOn": evaluation["asOf"],
        "action": actions,
    }
    return _entry(group), suggested


def _card_action(card: Content, suggested: list[Resource]) -> Resource:
    documents = [{"type": "documentation", "display": link["label"], "url": link["url"]} for link in _links(card)]
    offered = [
        _offer(suggestion, action, suggested)
        for suggestion in card.get("suggestions", ())
        for action in suggestion["actions"]
    ]
    return {
        "title": card["summary"],
        "description": card["detail"],
        "priority": _PRIORITIES[card["indicator"]],
        "code": [{"coding": [{"system": _TOPICS, "code": card["source"]["topic"]["code"]}]}],
        **({"documentation": documents} if documents else {}),
        **({"selectionBehavior": "any", "action": offered} if offered else {}),
    }


def _links(card: Content) -> Sequence[Content]:
    links: Sequence[Content] = card.get("links", ())
    return links


def _offer(suggestion: Content, action: Content, suggested: list[Resource]) -> Resource:
    # Its own id is kept: an update is of the order that the caller knows.
    entry = {"fullUrl": f"urn:uuid:{uuid4()}", "resource": action["resource"]}
    suggested.append(entry)
    return {
        "title": suggestion["label"],
        "description": action["description"],
        "type": {"coding": [{"system": _ACTIONS, "code": action["type"]}]},
        "resource": {"reference": entry["fullUrl"]},
    }


def _not_used(excluded: Sequence[Content]) -> Resource:
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "information",
                "code": "informational",
                "details": {"text": f"not used: {row['reason']}"},
                "diagnostics": f"{row['resource']}: {row['detail']}" if row["detail"] else row["resource"],
            }
            for row in excluded
        ],
    }
