"""Every entry of a Bundle and of the Bundles inside it, with where it stands, and what of the whole did not come."""

from collections.abc import Iterator, Mapping

from service.domain.facts import PARTIAL, Excluded
from service.domain.immutable import immutable
from service.fhir.outcomes import OUTCOME, ran

_PAGED = ("searchset", "history")
SUBSETTED = "elements of its resources were left out, by their tag SUBSETTED"
_ERROR_STATUS = ("4", "5")
_NOTHING_THERE = ("404", "410")
Json = Mapping[str, object]


@immutable
class Item:
    """One entry as sent. ``age``: its position in a history, whose newest versions stand first; else ``None``."""

    place: str
    content: object
    age: int | None


def items_in(bundle: Json, place: str = "Bundle") -> Iterator[Item]:
    """The entries in order; in place of an entry that holds a Bundle, those of that Bundle."""
    entries = bundle.get("entry")
    is_history = bundle.get("type") == "history"
    for number, content in enumerate(entries if isinstance(entries, list) else ()):
        here = f"{place}.entry[{number}]"
        inner = content.get("resource") if isinstance(content, dict) else None
        if isinstance(inner, dict) and inner.get("resourceType") == "Bundle":
            yield from items_in(inner, f"{here}.resource")
        else:
            yield Item(here, content, number if is_history else None)


def missing_parts(bundle: Json) -> list[Excluded]:
    """A row for each search or history of which a page, entries or elements did not come."""
    bundles = list(_bundles(bundle, "Bundle"))
    came = {url for _, each in bundles for url in _links(each, "self")}
    rows = [(place, _shortfall(each, came) or _left_out(each)) for place, each in bundles]
    return [Excluded(place, PARTIAL, detail, relevant=True) for place, detail in rows if detail]


def failed_part(content: Json) -> str:
    """Why an entry stands for data that did not come; empty where it does not."""
    response, resource = content.get("response"), content.get("resource")
    if response is None and not (isinstance(resource, dict) and resource.get("resourceType") == OUTCOME):
        return ""
    status = response.get("status") if isinstance(response, dict) else None
    told = [resource, response.get("outcome") if isinstance(response, dict) else None]
    outcomes = [each for each in told if isinstance(each, dict) and each.get("resourceType") == OUTCOME]
    if outcomes and ran(outcomes) in ("failed", "part"):
        return "OperationOutcome: the sender reported a failure, or left something out"
    is_error = isinstance(status, str) and status.startswith(_ERROR_STATUS) and not status.startswith(_NOTHING_THERE)
    return "response.status: the server answered with an error, and what was asked for did not come" if is_error else ""


def _bundles(bundle: Json, place: str) -> Iterator[tuple[str, Json]]:
    yield place, bundle
    entries = bundle.get("entry")
    for number, content in enumerate(entries if isinstance(entries, list) else ()):
        inner = content.get("resource") if isinstance(content, dict) else None
        if isinstance(inner, dict) and inner.get("resourceType") == "Bundle":
            yield from _bundles(inner, f"{place}.entry[{number}].resource")


def _left_out(bundle: Json) -> str:
    entries = bundle.get("entry")
    return SUBSETTED if isinstance(entries, list) and any(map(_is_cut, entries)) else ""


def _is_cut(entry: object) -> bool:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return isinstance(resource, dict) and is_subset(resource)


def is_subset(resource: Json) -> bool:
    """Whether a resource is tagged as one of which elements were left out, as servers do for a summary."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return isinstance(tags, list) and any(isinstance(tag, dict) and tag.get("code") == "SUBSETTED" for tag in tags)


def _shortfall(bundle: Json, came: set[str]) -> str:
    if bundle.get("type") not in _PAGED:
        return ""
    others = [url for relation in ("next", "previous", "prev") for url in _links(bundle, relation)]
    count, total = _matches(bundle), bundle.get("total")
    counted = f": {count} of {total} came" if isinstance(total, int) and total > count else ""
    if any(url not in came for url in others):
        return f"one page of several: it has a next page or an earlier one, which did not come{counted}"
    # Of pages that came all, each alone holds less than the total.
    return f"incomplete{counted}" if counted and not others else ""


def _links(bundle: Json, relation: str) -> list[str]:
    links = bundle.get("link")
    named = [each for each in links if isinstance(each, dict)] if isinstance(links, list) else []
    return [str(each.get("url")) for each in named if each.get("relation") == relation]


def _matches(bundle: Json) -> int:
    entries = bundle.get("entry")
    return sum(map(_is_match, entries)) if isinstance(entries, list) else 0


def _is_match(content: object) -> bool:
    if not isinstance(content, dict):
        return True
    search, resource = content.get("search"), content.get("resource")
    mode = search.get("mode", "match") if isinstance(search, dict) else "match"
    return mode == "match" and not (isinstance(resource, dict) and resource.get("resourceType") == OUTCOME)
