"""Which statuses let a resource count. Status is a modifier in FHIR: without it nothing can be relied on."""

from collections.abc import Mapping

from service.domain.facts import PRELIMINARY

_USED = {
    "Observation": ("final", "amended", "corrected"),
    "DiagnosticReport": ("final", "amended", "corrected", "appended"),
    "Procedure": ("completed",),
    "Immunization": ("completed",),
    "MedicationAdministration": ("completed", "in-progress"),
    "MedicationDispense": ("completed",),
    "MedicationStatement": ("active", "completed"),
    "MedicationRequest": ("active", "completed", "draft", "on-hold"),
    "ServiceRequest": ("active", "completed", "draft", "on-hold"),
    "DeviceRequest": ("active", "completed", "draft", "on-hold"),
    "FamilyMemberHistory": ("completed", "partial"),
    "QuestionnaireResponse": ("completed", "amended"),
}
_USED_ELSEWHERE = ("final", "amended", "corrected", "completed", "active")
_DETAILS = {"preliminary": PRELIMINARY}
# Statuses that may be repeated in a message; any other text is the sender's own.
_KNOWN = frozenset(
    """
    active amended appended cancelled completed corrected draft ended entered-in-error final health-unknown
    in-progress intended not-done not-taken on-hold partial preliminary preparation registered revoked stopped
    unknown
    """.split()
)
# What was taken back, what was not done, and what has no result yet.
_WITHDRAWN = frozenset(("cancelled", "entered-in-error", "refuted", "registered"))
_STATED = ("AllergyIntolerance", "Condition")
_NOT_NOW = ("inactive", "resolved", "remission")
_NOW = ("active", "recurrence", "relapse")
# R5 has "presumed" for an allergy, and senders of R4 use it.
_VERIFIED = ("unconfirmed", "presumed", "provisional", "differential", "confirmed", "refuted", "entered-in-error")

# How a diagnosis stands as the reason of an order: it is active, asked about or dormant, over, or nothing says so.
ACTIVE, OPEN, OVER, STATED = "active", "open", "over", "stated"


def counting(kind: str) -> tuple[str, ...]:
    """The statuses with which a resource of this type counts."""
    return _USED.get(kind, _USED_ELSEWHERE)


def status_problem(
    kind: str, resource: Mapping[str, object], *, history_counts: bool = False, lasts: bool = False
) -> str | None:
    """Why the status keeps this resource from counting; None when it does not.

    ``history_counts``: what is over counts too, because it is asked whether it ever was. ``lasts``: a disease that goes
    on while it is in remission or inactive, and ends only where it is resolved or has an end.
    """
    if kind in _STATED:
        counts = history_counts or kind == "AllergyIntolerance" or (lasts and _is_dormant(resource))
        return _statement_problem(kind, resource, history_counts=counts)
    if resource.get("doNotPerform") not in (None, False):
        return "doNotPerform: an order not to do something"
    status = resource.get("status")
    if isinstance(status, str) and status in counting(kind):
        return None
    if status is None:
        return "status is missing"
    if not isinstance(status, str) or status not in _KNOWN:
        return f"status is not one that FHIR R4 has for {kind}"
    return _DETAILS.get(status, f"status {status}")


def says_nothing(problem: str) -> bool:
    """Whether the problem is a status that is missing, or that R4 does not have, and not one that says no."""
    return "FHIR R4 has" in problem or problem.endswith(("is missing", "status unknown"))


def has_known_status(resource: Mapping[str, object]) -> bool:
    """Whether the status is one of those that FHIR R4 has; another one says nothing."""
    status = resource.get("status")
    return isinstance(status, str) and status in _KNOWN


def is_withdrawn(resource: Mapping[str, object]) -> bool:
    """Whether the sender says that there is nothing to use: taken back, refuted, cancelled, or not there yet."""
    status = resource.get("status")
    stated = _codes(resource.get("verificationStatus"))
    return (isinstance(status, str) and status in _WITHDRAWN) or bool(stated & _WITHDRAWN)


def standing_of(condition: Mapping[str, object]) -> str:
    """How a diagnosis stands by its statuses: ``ACTIVE``, ``OPEN``, ``OVER`` or ``STATED``."""
    now = _codes(condition.get("clinicalStatus"))
    if "resolved" in now or _has_end(condition):
        return OVER
    if not _codes(condition.get("verificationStatus")) <= {"confirmed"} or now & {*_NOT_NOW}:
        return OPEN
    return ACTIVE if now & {*_NOW} else STATED


def _statement_problem(kind: str, resource: Mapping[str, object], *, history_counts: bool) -> str | None:
    verified, now = _codes(resource.get("verificationStatus")), _codes(resource.get("clinicalStatus"))
    if "entered-in-error" in verified:
        return "verificationStatus entered-in-error"
    if resource.get("verificationStatus") is not None and len(verified.intersection(_VERIFIED)) != 1:
        return "verificationStatus is not one code that FHIR R4 has"
    if "refuted" in verified:
        # Whoever refutes a diagnosis says that it is absent; AllergyIntolerance has no reader for that.
        return None if kind == "Condition" else "verificationStatus refuted"
    over = [code for code in _NOT_NOW if code in now]
    if over:
        return None if history_counts else f"clinicalStatus {over[0]}: not present now, which says nothing about absent"
    if resource.get("clinicalStatus") is not None and not now.intersection(_NOW):
        return "clinicalStatus is not a code that FHIR R4 has"
    return None


def _is_dormant(resource: Mapping[str, object]) -> bool:
    return not _has_end(resource) and "resolved" not in _codes(resource.get("clinicalStatus"))


def _has_end(resource: Mapping[str, object]) -> bool:
    return any(name.startswith("abatement") and value not in (None, False) for name, value in resource.items())


def _codes(concept: object) -> set[str]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    listed = codings if isinstance(codings, list) else []
    codes = [coding.get("code") for coding in listed if isinstance(coding, dict)]
    return {code for code in codes if isinstance(code, str)}
