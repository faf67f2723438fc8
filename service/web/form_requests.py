"""A request to fill in a form: a ServiceRequest as the rules suggest it, or a Task for EHRs that work by tasks."""

from collections.abc import Mapping
from typing import Any

Card = Mapping[str, Any]


def with_tasks(card: Card) -> Card:
    """The card with each suggested request for a form as a Task; any other card as it is."""
    suggested = card.get("suggestions", ())
    if not any(_form_of(action) for suggestion in suggested for action in suggestion["actions"]):
        return card
    return {**card, "suggestions": [_with_tasks(suggestion) for suggestion in suggested]}


def _with_tasks(suggestion: Mapping[str, Any]) -> Mapping[str, Any]:
    actions = [
        {**action, "resource": _task(action["resource"])} if _form_of(action) else action
        for action in suggestion["actions"]
    ]
    return {**suggestion, "actions": actions}


def _form_of(action: Mapping[str, Any]) -> bool:
    return "instantiatesUri" in action.get("resource", {})


def _task(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """A draft R4 Task; the Questionnaire is its input, as SDC has it."""
    return {
        "resourceType": "Task",
        "status": "draft",
        "intent": "proposal",
        "code": request["code"],
        "for": request["subject"],
        "note": request["note"],
        "input": [{"type": {"text": "questionnaire"}, "valueCanonical": form} for form in request["instantiatesUri"]],
    }
