"""The entries of a Bundle: what is no resource at all is listed, the rest is passed on with its address."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from service.domain.facts import PARTIAL, Excluded
from service.domain.moments import Moment, moment_of
from service.errors import BadRequest, PayloadTooLarge
from service.fhir.intake.bundle_walk import Item, failed_part, items_in, missing_parts
from service.fhir.intake.plain_results import Quantities
from service.fhir.intake.resource_types import OTHER_VERSIONS_TYPES, RESOURCE_TYPES
from service.fhir.outcomes import OUTCOME

BUNDLE_TYPES = (
    "collection",
    "searchset",
    "history",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "message",
    "document",
    "subscription-notification",
)
# What an entry holds that says nothing but what its resource is.
_USUAL = frozenset(("fullUrl", "resource"))
_LONGEST_URL = 512
_VERSION = "/_history/"
_DEFAULT_PORTS = {"https": 443, "http": 80}
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
_URN = re.compile(r"urn:(?:uuid|oid):[A-Za-z0-9.-]{1,64}")


class Unread(NamedTuple):
    """Reason and detail, as in ``Excluded``, of a resource that says nothing here by its code."""

    reason: str
    detail: str


@dataclass(slots=True)
class Entry:
    """One resource. ``base``: the server part of a RESTful fullUrl, else empty.

    ``sent``: the resource as sent, where systems were renamed in it (``intake.known_systems``).
    ``said``: a word where a diagnosis is not one that this patient surely has (``intake.certainty``).
    ``modified``: when the server says that this version was made. ``age``: its position in a history, else ``None``.
    ``unread``: why nothing is read of it, as far as that was found without looking through it (``intake.unmapped``).
    ``repeated``: an element that stands in it too often, if any (``intake.repeats``).
    ``plain``: the Quantities of a result in which all is plain; ``None`` for any other (``intake.plain_results``).
    """

    reference: str
    kind: str
    resource: dict[str, object]
    full_url: str
    base: str
    sent: dict[str, object] | None = None
    said: str = ""
    modified: object = None
    age: int | None = None
    unread: Unread | None = None
    repeated: str | None = None
    plain: Quantities | None = None


class Deletions:
    """What the entries of a Bundle delete, by the reference that they name; falsy while there is nothing."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[Moment | None, int | None]] = {}

    def __bool__(self) -> bool:
        return bool(self._newest)

    def note(self, item: Item) -> None:
        """Remember the entry if it is a deletion of one resource by its type and id."""
        content = item.content if isinstance(item.content, dict) else {}
        request, response = content.get("request"), content.get("response")
        if not isinstance(request, dict) or request.get("method") != "DELETE":
            return
        when = moment_of(response.get("lastModified")) if isinstance(response, dict) else None
        known, age = self._newest.get(_last_two(request.get("url")), (when, item.age))
        is_later = known is None or when is None or known.is_surely_before(when)
        self._newest[_last_two(request.get("url"))] = when if is_later else known, _first(age, item.age)

    def covers(self, entry: Entry) -> bool:
        """Whether the resource was deleted after this version of it, or may have been."""
        if entry.reference not in self._newest:
            return False
        when, age = self._newest[entry.reference]
        meta = entry.resource.get("meta")
        made = moment_of(meta.get("lastUpdated") if isinstance(meta, dict) else entry.modified)
        if when and made and (when.is_surely_before(made) or made.is_surely_before(when)):
            return made.is_surely_before(when)
        # In a history the newest stands first.
        return age is None or entry.age is None or age < entry.age


def _last_two(url: object) -> str:
    """Type and id of a literal reference; what names resources by a condition deletes none that is known here."""
    return "/".join(without_version(url).split("/")[-2:]) if isinstance(url, str) else ""


def _first(one: int | None, other: int | None) -> int | None:
    return min(one, other) if one is not None and other is not None else None


def entries_of(bundle: object, entry_limit: int) -> tuple[list[Entry], list[Excluded]]:
    """The entries that hold a FHIR R4 resource, also in Bundles inside the Bundle, and rows for those that do not.

    What the Bundle itself deletes is left out and listed. Raises BadRequest when this is no Bundle of a type that is
    read, PayloadTooLarge over ``entry_limit``.
    """
    checked, items = _items(bundle, entry_limit)
    entries: list[Entry] = []
    rows: list[Excluded] = missing_parts(checked)
    deleted = Deletions()
    for item in items:
        made = _entry(item)
        if isinstance(made, Entry):
            entries.append(made)
        else:
            rows.append(made)
            deleted.note(item)
    kept = [entry for entry in entries if not deleted.covers(entry)] if deleted else entries
    gone = [entry for entry in entries if deleted.covers(entry)] if deleted else []
    rows += [Excluded(each.reference, "superseded", "it was deleted later in the same Bundle") for each in gone]
    return kept, rows


def entries_prefetched(
    resources: Iterable[tuple[str | None, object]], name: str = "prefetch", aside: Collection[int] = ()
) -> tuple[list[Entry], list[Excluded]]:
    """The same for resources that come one by one, each with its fullUrl if it has one.

    ``aside``: the positions of those of which nothing is made.
    """
    entries: list[Entry] = []
    rows: list[Excluded] = []
    for number, (full_url, resource) in enumerate(resources):
        if number in aside:
            continue
        made = entry_of(f"{name}[{number}]", full_url, resource)
        if isinstance(made, Entry):
            entries.append(made)
        else:
            rows.append(made)
    return entries, rows


def entry_of(place: str, full_url: object, resource: object) -> Entry | Excluded:
    """One resource with its address; a row saying why when it is no FHIR R4 resource with data."""
    if not isinstance(resource, dict):
        return Excluded(place, "invalid", "the entry holds no resource")
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in RESOURCE_TYPES:
        return _of_no_type(place, kind)
    if kind == OUTCOME:
        return Excluded(place, "invalid", f"{OUTCOME}: the sender reported a failure or a warning in place of data")
    url = full_url if isinstance(full_url, str) and len(full_url) <= _LONGEST_URL else ""
    identity = resource.get("id")
    if isinstance(identity, str) and _ID(identity):
        reference = f"{kind}/{identity}"
    elif identity is not None and kind == "Patient":
        return Excluded(place, "invalid", "Patient.id is no FHIR id: letters, digits, - and ., at most 64")
    else:
        # Only a urn says who it is without being a link that a reader could follow.
        reference = url if _URN.fullmatch(url) else place
    return Entry(reference, kind, resource, url, base_of(url, kind) if url else "")


def _of_no_type(place: str, kind: object) -> Excluded:
    if isinstance(kind, str) and kind in OTHER_VERSIONS_TYPES:
        return Excluded(place, "not-r4", f"{kind}: is not R4, but a resource type of another version of FHIR")
    detail = "resourceType is missing" if kind is None else "resourceType is no FHIR R4 resource type"
    return Excluded(place, "invalid", detail)


def _entry(item: Item) -> Entry | Excluded:
    content = item.content
    if not isinstance(content, dict):
        return Excluded(item.place, "invalid", "the entry is not an object")
    resource = content.get("resource")
    is_usual = isinstance(resource, dict) and resource.get("resourceType") != OUTCOME and _USUAL.issuperset(content)
    if not is_usual and (row := _without_data(item.place, content)):
        return row
    made = entry_of(item.place, content.get("fullUrl"), resource)
    if made.__class__ is Entry:
        made.age = item.age
        if "response" in content and isinstance(content["response"], dict):
            made.modified = content["response"].get("lastModified")
    return made


def _without_data(place: str, content: dict[str, object]) -> Excluded | None:
    failed = failed_part(content)
    if failed:
        return Excluded(place, PARTIAL, failed, relevant=True)
    refused = _refused(content)
    return Excluded(place, "invalid", refused) if refused else None


def _items(bundle: object, entry_limit: int) -> tuple[dict[str, object], list[Item]]:
    if not isinstance(bundle, dict):
        raise BadRequest(
            "The body is not a FHIR Bundle; send an object with resourceType Bundle, Parameters, or of one resource"
        )
    if bundle.get("resourceType") != "Bundle":
        raise BadRequest("resourceType is not Bundle; send a Bundle, a Parameters with one, or a resource")
    if bundle.get("type") not in BUNDLE_TYPES:
        raise BadRequest(f"Bundle.type is none of: {', '.join(BUNDLE_TYPES)}")
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        raise BadRequest("Bundle.entry is missing or not a list; send a list of entries that hold resources")
    if not entries:
        raise BadRequest("Bundle.entry is empty; send at least a Patient")
    items = list(islice(items_in(bundle), entry_limit + 1))
    if len(items) > entry_limit:
        raise PayloadTooLarge(f"Bundle.entry has over {entry_limit} entries; send fewer per Bundle")
    return bundle, items


def _refused(item: dict[str, object]) -> str | None:
    request, search = item.get("request"), item.get("search")
    if isinstance(request, dict) and request.get("method") == "DELETE":
        return "request.method DELETE removes a resource and brings no data"
    if isinstance(search, dict) and search.get("mode") == "outcome":
        return "search.mode outcome: the sender reported a failure or a warning in place of data"
    return None


def is_id(text: str) -> bool:
    """Whether a text is a FHIR id; an underscore, which some senders use, is tolerated."""
    return _ID(text) is not None


def base_of(url: str, kind: str) -> str:
    """The server part of a RESTful fullUrl, [base]/[type]/[id] by http or https; empty for any other."""
    if not url.startswith("http") or len(url) > _LONGEST_URL:
        return ""
    address = without_version(url) if _VERSION in url else url
    base, _, identity = address.rpartition(f"/{kind}/")
    return same_server(base) if identity and "/" not in identity and "://" in base else ""


@lru_cache(maxsize=256)
def same_server(base: str) -> str:
    """A server's base URL in one spelling: RFC 3986 says that case of the host and a default port mean nothing."""
    try:
        parts = urlsplit(base)
        port = parts.port
    except ValueError:
        return base
    host = (parts.hostname or "").lower()
    shown = host if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f"{host}:{port}"
    return f"{parts.scheme}://{shown}{parts.path.rstrip('/')}" if host else base


def without_version(reference: str) -> str:
    """A reference without ``/_history/...``: every version is about the same thing."""
    return reference.split(_VERSION, 1)[0] if _VERSION in reference else reference
