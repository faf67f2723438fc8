"""The entries of a Bundle: what is no resource at all is listed, the rest is passed on with its address."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from service.domain.facts import Excluded
from service.errors import BadRequest, PayloadTooLarge
from service.fhir.intake.resource_types import RESOURCE_TYPES

BUNDLE_TYPES = ("collection", "searchset", "transaction", "batch", "message", "document")
_LONGEST_URL = 512
_DEFAULT_PORTS = {"https": 443, "http": 80}
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_URN = re.compile(r"urn:(?:uuid|oid):[A-Za-z0-9.-]{1,64}")


@dataclass(slots=True)
class Entry:
    """One resource. ``base``: the server part of a RESTful fullUrl, else empty.

    ``sent``: the resource as sent, where systems were renamed in it (``intake.known_systems``).
    ``said``: a word where a diagnosis is not one that this patient surely has (``intake.certainty``).
    """

    reference: str
    kind: str
    resource: dict[str, object]
    full_url: str
    base: str
    sent: dict[str, object] | None = None
    said: str = ""


def entries_of(bundle: object, entry_limit: int) -> tuple[list[Entry], list[Excluded]]:
    """The entries that hold a FHIR R4 resource, and rows for those that do not.

    Raises BadRequest when this is no Bundle of a type that is read, PayloadTooLarge over ``entry_limit``.
    """
    entries: list[Entry] = []
    rows: list[Excluded] = []
    for number, item in enumerate(_items(bundle, entry_limit)):
        place = f"Bundle.entry[{number}]"
        if not isinstance(item, dict):
            rows.append(Excluded(place, "invalid", "the entry is not an object"))
            continue
        refused = _refused(item) if "request" in item or "search" in item else None
        made = refused or entry_of(place, item.get("fullUrl"), item.get("resource"))
        if isinstance(made, Entry):
            entries.append(made)
        else:
            rows.append(Excluded(place, "invalid", made))
    return entries, rows


def entries_prefetched(
    resources: Iterable[tuple[str | None, object]], name: str = "prefetch"
) -> tuple[list[Entry], list[Excluded]]:
    """The same for resources that come one by one, each with its fullUrl if it has one."""
    entries: list[Entry] = []
    rows: list[Excluded] = []
    for number, (full_url, resource) in enumerate(resources):
        place = f"{name}[{number}]"
        made = entry_of(place, full_url, resource)
        if isinstance(made, Entry):
            entries.append(made)
        else:
            rows.append(Excluded(place, "invalid", made))
    return entries, rows


def entry_of(place: str, full_url: object, resource: object) -> Entry | str:
    """One resource with its address; a text saying why when it is no FHIR R4 resource with data."""
    if not isinstance(resource, dict):
        return "the entry holds no resource"
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in RESOURCE_TYPES:
        return "resourceType is missing" if kind is None else "resourceType is no FHIR R4 resource type"
    if kind == "OperationOutcome":
        return "OperationOutcome: the sender reported a failure or a warning in place of data"
    url = full_url if isinstance(full_url, str) and len(full_url) <= _LONGEST_URL else ""
    identity = resource.get("id")
    if isinstance(identity, str) and is_id(identity):
        reference = f"{kind}/{identity}"
    elif identity is not None and kind == "Patient":
        return "Patient.id is no FHIR id: letters, digits, - and ., at most 64"
    else:
        # Only a urn says who it is without being a link that a reader could follow.
        reference = url if _URN.fullmatch(url) else place
    return Entry(reference, kind, resource, url, _base(url, kind))


def _items(bundle: object, entry_limit: int) -> list[object]:
    if not isinstance(bundle, dict):
        raise BadRequest("The body is not a FHIR Bundle; send an object with resourceType Bundle")
    if bundle.get("resourceType") != "Bundle":
        raise BadRequest("resourceType is not Bundle; wrap the resource in a Bundle of type collection")
    if bundle.get("type") not in BUNDLE_TYPES:
        raise BadRequest(f"Bundle.type is none of: {', '.join(BUNDLE_TYPES)}")
    items = bundle.get("entry")
    if not isinstance(items, list):
        raise BadRequest("Bundle.entry is missing or not a list; send a list of entries that hold resources")
    if not items:
        raise BadRequest("Bundle.entry is empty; send at least a Patient")
    if len(items) > entry_limit:
        raise PayloadTooLarge(f"Bundle.entry has over {entry_limit} entries; send fewer per Bundle")
    return items


def _refused(item: dict[str, object]) -> str | None:
    request, search = item.get("request"), item.get("search")
    if isinstance(request, dict) and request.get("method") == "DELETE":
        return "request.method DELETE removes a resource and brings no data"
    if isinstance(search, dict) and search.get("mode") == "outcome":
        return "search.mode outcome: the sender reported a failure or a warning in place of data"
    return None


def is_id(text: str) -> bool:
    """Whether a text is a FHIR id; an underscore, which some senders use, is tolerated."""
    return _ID.fullmatch(text) is not None


def _base(url: str, kind: str) -> str:
    # RESTful: [base]/[type]/[id], by http or https.
    if not url.startswith("http"):
        return ""
    base, _, identity = without_version(url).rpartition(f"/{kind}/")
    return same_server(base) if "://" in base and identity and "/" not in identity else ""


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
    return reference.split("/_history/", 1)[0] if "/_history/" in reference else reference
