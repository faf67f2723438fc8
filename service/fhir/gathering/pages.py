"""What one value says, prefetched or fetched: resources, and whether there are more; or nothing that can be used."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from service.fhir.gathering.asked import is_narrower
from service.fhir.intake.bundle_walk import SUBSETTED, is_subset, items_in, missing_parts
from service.fhir.outcomes import OUTCOME, ran

Resource = dict[str, object]
FoundResource = tuple[str | None, Resource]


class Unusable(Exception):
    """The value says nothing about what the record holds; the text is ours and holds nothing of the value.

    ``was_asked``: the right question was asked, and this was its answer, so that asking again is no use.
    ``part``: the resources that came of an answer whose rest could not be had; ``has_begun``: there is such an answer,
    even if its first page is empty. ``is_nonsense``: it is no answer of a FHIR server to any such question.
    """

    def __init__(
        self,
        reason: str,
        *,
        was_asked: bool = False,
        part: Sequence[FoundResource] = (),
        has_begun: bool | None = None,
        is_nonsense: bool = False,
    ) -> None:
        super().__init__(reason)
        self.was_asked = was_asked
        self.is_nonsense = is_nonsense
        self.part = part
        self.has_begun = bool(part) if has_begun is None else has_begun


@dataclass(frozen=True, slots=True)
class Page:
    """The resources of one answer, each with its fullUrl, and the link to the next page if there is one.

    ``left_out``: why this is a part of what the search should bring, though it ran; empty where it is the whole.
    ``may_ask_again``: the part is not what the server said it would be, so that the same question may bring the rest.
    """

    resources: list[FoundResource]
    next_link: str | None = None
    left_out: str = ""
    may_ask_again: bool = False


# The query of a type for all that there is of the patient.
OF_PATIENT = "?patient={{context.patientId}}"
_SAID_SO = "the search says that it left something out"
_ALONE = "a single resource came in place of a searchset"
_BUNDLE = "Bundle"
_INNER = "a Bundle inside it is a part of a search"
_ASKED_LESS = "incomplete, its search asked for less, by its own link"


def page_of(value: object, template: str, *, is_first: bool = True) -> Page:
    """What a value says that should be the answer to the template; Unusable when it cannot be that."""
    resource_type, is_read = asked_type(template), "?" not in template
    if not isinstance(value, dict):
        raise Unusable("not a FHIR resource", is_nonsense=True)
    if value.get("resourceType") == OUTCOME:
        return _outcome_alone(value, resource_type, is_read=is_read)
    if not is_read and value.get("resourceType") == resource_type:
        # Nobody says whether it is the only one.
        return Page([(None, value)], left_out=_ALONE, may_ask_again=is_first)
    wanted = resource_type if is_read else _BUNDLE
    if value.get("resourceType") != wanted:
        raise Unusable(f"not a {wanted}", is_nonsense=True)
    if is_read:
        return Page([(None, value)])
    page = _searched(value, resource_type, is_first=is_first)
    # What asked for less than was asked is a part, though it came whole; the right question may bring the rest.
    is_less = is_first and not page.left_out and is_narrower(value.get("link"), template)
    return replace(page, next_link=None, left_out=_ASKED_LESS, may_ask_again=True) if is_less else page


def held_in(value: object, kinds: Collection[str]) -> list[FoundResource]:
    """The resources of some types in a value, whatever was asked: itself, or the entries of a Bundle."""
    if not isinstance(value, dict):
        return []
    if value.get("resourceType") != _BUNDLE:
        return [(None, value)] if value.get("resourceType") in kinds else []
    entries = value.get("entry")
    found = map(_found, entries) if isinstance(entries, list) else ()
    return [each for each in found if each[1].get("resourceType") in kinds]


@lru_cache(maxsize=64)
def asked_type(template: str) -> str:
    """The resource type that a template asks for."""
    return template.partition("?")[0].partition("/")[0]


def _outcome_alone(outcome: Resource, resource_type: str, *, is_read: bool) -> Page:
    """An outcome where the data belong: nothing came, and it says whether that is all there is."""
    said = ran([outcome])
    if said == "failed":
        raise Unusable("its query failed", was_asked=True)
    if said == "empty" and is_read:
        raise Unusable(f"there is no such {resource_type}", was_asked=True)
    return Page([], left_out="" if said == "empty" else _SAID_SO if said == "part" else "an outcome came in its place")


def _searched(bundle: Resource, resource_type: str, *, is_first: bool) -> Page:
    found = [_found(entry) for entry in _items(bundle.get("entry"))]
    types, said, is_inner_part = _types(found), "whole", False
    if _BUNDLE in types:
        found, is_inner_part = _with_inner(found)
        types = _types(found)
    if OUTCOME in types:
        said = ran(content for _, content in found if content.get("resourceType") == OUTCOME)
        found = [(url, content) for url, content in found if content.get("resourceType") != OUTCOME]
        types = _types(found)
    if said == "failed":
        raise Unusable("its query failed in part", was_asked=True, part=found, has_begun=False)
    # One stray resource is left out later and listed; nothing of the wanted type means the query was another one.
    if found and resource_type not in types:
        raise Unusable(f"no {resource_type} among its entries")
    is_cut = any(map(is_subset, [content for _, content in found if "meta" in content]))
    next_link, left_out = _next_link(bundle, found), _SAID_SO if said == "part" else SUBSETTED if is_cut else ""
    # The last of several pages may be empty; an only page may not hold fewer than its total counts.
    if is_first and next_link is None and not left_out and _is_short(bundle.get("total"), types, resource_type):
        return _short(found)
    if is_inner_part and next_link is None and not left_out:
        return Page(found, left_out=_INNER, may_ask_again=is_first)
    return Page(found, next_link, left_out)


def _short(found: list[FoundResource]) -> Page:
    if not found:
        raise Unusable("no entries, though its total says that there are some")
    return Page(found, left_out="incomplete, its total counts more than came", may_ask_again=True)


def _is_short(total: object, types: Sequence[object], resource_type: str) -> bool:
    # What was included beside the matches is not counted in the total.
    return isinstance(total, int) and total > types.count(resource_type)


def _next_link(bundle: Resource, found: Sequence[FoundResource]) -> str | None:
    links = [link for link in _items(bundle.get("link")) if isinstance(link, dict) and link.get("relation") == "next"]
    if not links:
        return None
    url = links[0].get("url")
    if len(links) > 1 or not isinstance(url, str) or not url:
        raise Unusable("incomplete, the Bundle has a next page without an address", part=found, has_begun=True)
    return url


def _types(found: Sequence[FoundResource]) -> list[object]:
    return [resource.get("resourceType") for _, resource in found]


def _found(entry: object) -> FoundResource:
    if not isinstance(entry, dict):
        return None, {}
    resource, full_url = entry.get("resource"), entry.get("fullUrl")
    return (full_url if isinstance(full_url, str) else None), (resource if isinstance(resource, dict) else {})


def _with_inner(found: list[FoundResource]) -> tuple[list[FoundResource], bool]:
    """The resources with those of a Bundle in its place, and whether such a Bundle says that it is not the whole."""
    inner = [content for _, content in found if content.get("resourceType") == _BUNDLE]
    held = [_found(item.content) for bundle in inner for item in items_in(bundle)]
    rest = [each for each in found if each[1].get("resourceType") != _BUNDLE]
    return [*rest, *held], any(map(missing_parts, inner))


def _items(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable("not a readable Bundle", is_nonsense=True)
    return value
