"""The orders of an order hook's context: the Bundle and the selection are checked, what is in the drafts is not."""

import re
from collections.abc import Mapping, Sequence

from service.errors import BadRequest, PayloadTooLarge
from service.fhir.intake.drafts import Drafts

_SELECTION = re.compile(r"(?:[A-Z][A-Za-z]{1,63}/)?[A-Za-z0-9.\-]{1,64}")


def drafts_in(context: Mapping[str, object], hook: str, max_entries: int) -> Drafts:
    """``context.draftOrders`` and, for order-select, ``context.selections``; BadRequest names what is wrong.

    Real clients leave out the type of the Bundle and much of the orders; all of that is let be.
    """
    bundle = context.get("draftOrders")
    if not isinstance(bundle, dict) or bundle.get("resourceType", "Bundle") != "Bundle":
        raise BadRequest("context.draftOrders must be a FHIR Bundle of the orders being written")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise BadRequest("context.draftOrders.entry must be a list")
    if len(entries) > max_entries:
        raise PayloadTooLarge(f"context.draftOrders has more than {max_entries} entries")
    resources = [_entry(entry) for entry in entries]
    if hook != "order-select":
        return Drafts(resources)
    return Drafts(resources, _with_types(_selections(context.get("selections")), resources), are_chosen_from=True)


def _entry(entry: object) -> tuple[str | None, object]:
    if not isinstance(entry, dict):
        return None, entry
    full_url = entry.get("fullUrl")
    return full_url if isinstance(full_url, str) else None, entry.get("resource")


def _selections(selections: object) -> frozenset[str]:
    if selections is None:
        raise BadRequest("context.selections is required by order-select")
    if not isinstance(selections, list) or not all(isinstance(each, str) for each in selections):
        raise BadRequest("context.selections must be a list of references such as MedicationRequest/1")
    # An absolute URL or a version names the same draft.
    short = ["/".join(each.partition("/_history/")[0].split("/")[-2:]) for each in selections]
    if not all(_SELECTION.fullmatch(each) for each in short):
        raise BadRequest("context.selections must hold references such as MedicationRequest/1, or ids")
    return frozenset(short)


def _with_types(selections: frozenset[str], drafts: Sequence[tuple[str | None, object]]) -> frozenset[str]:
    """A selection that is a bare id, as the reference of the one draft that has it; BadRequest where several do."""
    by_id: dict[object, set[str]] = {}
    for resource in (draft for _, draft in drafts if isinstance(draft, dict)):
        if isinstance(resource.get("id"), str):
            by_id.setdefault(resource["id"], set()).add(f"{resource.get('resourceType')}/{resource['id']}")
    meant = {each: {each} if "/" in each else by_id.get(each, {each}) for each in selections}
    if any(len(references) > 1 for references in meant.values()):
        raise BadRequest("context.selections: an id without its type is that of several drafts; send Type/id")
    return frozenset().union(*meant.values())
