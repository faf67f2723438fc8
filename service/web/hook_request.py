"""A CDS Hooks 2.0.1 request body, checked: what is required must be there, what is unknown is let be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

from service.errors import BadRequest
from service.web.fhir_authorization import Authorization, read_authorization
from service.web.request_fields import UUID_TEXT, json_object, matching

# Dots alone would climb out of a folder, once in a URL.
_FHIR_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9.\-]{1,64}")
# The standard asks for the type; senders leave it out, and nothing here rests on it.
_USER = re.compile(r"(?:[A-Z][A-Za-z]{1,63}/)?[A-Za-z0-9.\-]{1,64}")


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One call of a CDS service; ``patient_id`` is bare, without ``Patient/``."""

    hook_instance: UUID
    patient_id: str
    user_id: str
    fhir_server: str | None
    prefetch: Mapping[str, object] = field(repr=False)
    hook: str = ""
    context: Mapping[str, object] = field(default_factory=dict, repr=False)
    authorization: Authorization | None = None


def read_hook_request(body: object, hook: str, *, https_only: bool) -> HookRequest:
    """The request in its checked form; BadRequest names the first field that is missing or wrong."""
    request = json_object(body, "The body")
    if "resourceType" in request and "hook" not in request:
        raise BadRequest(
            "A FHIR resource was sent to a hook: send Bundles and resources to /fhir/$mmn-evaluate; a hook takes "
            "an object with hook, hookInstance, context and prefetch (GET /cds-services lists the hooks)"
        )
    if request.get("hook") != hook:
        raise BadRequest(f"hook must be {hook} for this service")
    context = json_object(request.get("context"), "context")
    patient_id = _patient_id(context.get("patientId"))
    return HookRequest(
        hook_instance=UUID(matching(request.get("hookInstance"), UUID_TEXT, "hookInstance must be a UUID")),
        patient_id=patient_id,
        user_id=matching(context.get("userId"), _USER, "context.userId must be a FHIR id, best as Practitioner/123"),
        fhir_server=_fhir_server(request, https_only=https_only),
        prefetch=json_object(request.get("prefetch") or {}, "prefetch"),
        hook=hook,
        context=context,
        authorization=read_authorization(request.get("fhirAuthorization"), patient_id),
    )


def _patient_id(value: object) -> str:
    # Some senders write the reference where the bare id belongs.
    bare = value.removeprefix("Patient/") if isinstance(value, str) else value
    return matching(bare, _FHIR_ID, "context.patientId must be the FHIR id of a Patient")


def _fhir_server(request: Mapping[str, object], *, https_only: bool) -> str | None:
    authorization, server = request.get("fhirAuthorization"), request.get("fhirServer")
    if not server:
        if authorization:
            raise BadRequest("fhirServer is required when fhirAuthorization is present")
        return None
    schemes = ("https",) if https_only else ("https", "http")
    if not isinstance(server, str) or not _is_base_url(server, schemes):
        raise BadRequest(f"fhirServer must be a base URL that begins with {' or '.join(schemes)}")
    # Nothing else is put right: it has to be one of the registered servers letter by letter.
    return server.removesuffix("/")


def _is_base_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)
