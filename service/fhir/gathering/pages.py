"""What one value says, prefetched or fetched: resources, and whether there are more; or nothing that can be used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Resource = dict[str, object]
FoundResource = tuple[str | None, Resource]
_OUTCOME = "OperationOutcome"


class Unusable(Exception):
    """The value says nothing about what the record holds; the text is ours and holds nothing of the value.

    ``was_asked``: the right question was asked, and this was its answer, so that asking again is no use.
    ``part``: the resources that came of an answer whose rest could not be had.
    """

    def __init__(self, reason: str, *, was_asked: bool = False, part: Sequence[FoundResource] = ()) -> None:
        super().__init__(reason)
        self.was_asked = was_asked
        self.part = part


@dataclass(frozen=True, slots=True)
class Page:
    """The resources of one answer, each with its fullUrl, and the link to the next page if there is one."""

    resources: list[FoundResource]
    next_link: str | None = None


def page_of(value: object, template: str, *, is_first: bool = True) -> Page:
    """What a value says that should be the answer to the template; Unusable when it cannot be that."""
    resource_type, is_read = asked_type(template), "?" not in template
    if not isinstance(value, dict):
        raise Unusable("not a FHIR resource")
    if value.get("resourceType") == _OUTCOME:
        raise Unusable("its query failed", was_asked=True)
    wanted = resource_type if is_read else "Bundle"
    if value.get("resourceType") != wanted:
        raise Unusable(f"not a {wanted}")
    return Page([(None, value)]) if is_read else _searched(value, resource_type, is_first=is_first)


def asked_type(template: str) -> str:
    """The resource type that a template asks for."""
    return template.partition("?")[0].partition("/")[0]


def _searched(bundle: Resource, resource_type: str, *, is_first: bool) -> Page:
    found = [(url, content) for url, content in _entries(bundle) if content.get("resourceType") != _OUTCOME]
    outcomes = [content for _, content in _entries(bundle) if content.get("resourceType") == _OUTCOME]
    if not all(map(_is_only_information, outcomes)):
        raise Unusable("its query failed in part", was_asked=True, part=found)
    types = [resource.get("resourceType") for _, resource in found]
    # One stray resource is left out later and listed; nothing of the wanted type means the query was another one.
    if found and resource_type not in types:
        raise Unusable(f"no {resource_type} among its entries")
    next_link = _next_link(bundle, found)
    total = bundle.get("total")
    # The last of several pages may be empty; an only page may not, where the total counts some.
    if is_first and not found and next_link is None and isinstance(total, int) and total > 0:
        raise Unusable("no entries, though its total says that there are some")
    return Page(found, next_link)


def _next_link(bundle: Resource, found: Sequence[FoundResource]) -> str | None:
    links = [link for link in _items(bundle.get("link")) if isinstance(link, dict) and link.get("relation") == "next"]
    if not links:
        return None
    url = links[0].get("url")
    if len(links) > 1 or not isinstance(url, str) or not url:
        raise Unusable("incomplete, the Bundle has a next page without an address", part=found)
    return url


def _entries(bundle: Resource) -> Iterator[FoundResource]:
    for entry in _items(bundle.get("entry")):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        full_url = entry.get("fullUrl") if isinstance(entry, dict) else None
        yield (full_url if isinstance(full_url, str) else None), (resource if isinstance(resource, dict) else {})


def _is_only_information(outcome: Resource) -> bool:
    issues = _items(outcome.get("issue"))
    return bool(issues) and all(isinstance(issue, dict) and issue.get("severity") == "information" for issue in issues)


def _items(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable("not a readable Bundle")
    return value
