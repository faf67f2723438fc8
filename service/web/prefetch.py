"""Prefetch, as it came: each key is usable, known to be empty, or unavailable for a stated reason.

Fetching what is unavailable from ``fhirServer`` is not built yet, so an unavailable key means status 412.
"""

from collections.abc import Iterator, Mapping

from service.errors import BadRequest, MissingData, PayloadTooLarge

Resource = dict[str, object]
FoundResource = tuple[str | None, Resource]


class _Unavailable(Exception):
    """The value under a key says nothing about what the record holds."""


def resources_in(
    prefetch: Mapping[str, object], templates: Mapping[str, str], patient_id: str, max_entries: int
) -> list[FoundResource]:
    """Every prefetched resource with its fullUrl; MissingData names each required key that is unavailable."""
    _check_patient(prefetch.get("patient"), patient_id)
    found: list[FoundResource] = []
    unavailable: list[str] = []
    for key, template in templates.items():
        try:
            found += _resources_under(key, prefetch, template)
        except _Unavailable as reason:
            unavailable.append(f"{key} ({reason})")
    if unavailable:
        raise MissingData(f"Required prefetch is not available: {', '.join(unavailable)}")
    if len(found) > max_entries:
        raise PayloadTooLarge(f"The prefetch holds more than {max_entries} resources")
    return found


def optional_resources_in(
    prefetch: Mapping[str, object], templates: Mapping[str, str], max_entries: int
) -> tuple[list[FoundResource], frozenset[str]]:
    """The same for keys that a service can do without; also the keys that are unavailable."""
    found: list[FoundResource] = []
    unavailable: set[str] = set()
    for key, template in templates.items():
        try:
            found += _resources_under(key, prefetch, template)
        except _Unavailable:
            unavailable.add(key)
    if len(found) > max_entries:
        raise PayloadTooLarge("The prefetch holds more resources than are taken in one call")
    return found, frozenset(unavailable)


def _resources_under(key: str, prefetch: Mapping[str, object], template: str) -> list[FoundResource]:
    if key not in prefetch:
        raise _Unavailable("the key is absent")
    value, resource_type = prefetch[key], template.partition("?")[0].partition("/")[0]
    is_read = "?" not in template
    if value is None:
        if is_read:
            raise _Unavailable(f"there is no such {resource_type}")
        return []
    if not isinstance(value, dict):
        raise _Unavailable("not a FHIR resource")
    if value.get("resourceType") == "OperationOutcome":
        raise _Unavailable("its query failed")
    wanted = resource_type if is_read else "Bundle"
    if value.get("resourceType") != wanted:
        raise _Unavailable(f"not a {wanted}")
    return [(None, value)] if is_read else _searched(value, resource_type)


def _searched(bundle: Resource, resource_type: str) -> list[FoundResource]:
    if any(isinstance(link, dict) and link.get("relation") == "next" for link in _items(bundle.get("link"))):
        raise _Unavailable("incomplete, the Bundle has a next page")
    found = list(_entries(bundle))
    types = [resource.get("resourceType") for _, resource in found]
    # One stray resource is left out later and listed; nothing of the wanted type means the query was another one.
    if found and resource_type not in types:
        raise _Unavailable(f"no {resource_type} among its entries")
    return found


def _entries(bundle: Resource) -> Iterator[FoundResource]:
    for entry in _items(bundle.get("entry")):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        full_url = entry.get("fullUrl") if isinstance(entry, dict) else None
        content = resource if isinstance(resource, dict) else {}
        if content.get("resourceType") != "OperationOutcome":
            yield (full_url if isinstance(full_url, str) else None), content
        elif not _is_only_information(content):
            raise _Unavailable("its query failed in part")


def _is_only_information(outcome: Resource) -> bool:
    issues = _items(outcome.get("issue"))
    return bool(issues) and all(isinstance(issue, dict) and issue.get("severity") == "information" for issue in issues)


def _items(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Unavailable("not a readable Bundle")
    return value


def _check_patient(patient: object, patient_id: str) -> None:
    if isinstance(patient, dict) and patient.get("resourceType") == "Patient" and patient.get("id") != patient_id:
        raise BadRequest("The prefetched Patient is not the one of context.patientId")
