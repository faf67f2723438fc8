"""What one Condition or Observation says: present, absent, or why neither."""

from collections.abc import Mapping

from service.fhir.values.answers import Problem, codings_of, printable, value_of, words_for

_VERIFICATION = {"confirmed": "present", "provisional": "present", "refuted": "absent"}
_STATUS_SYSTEM = "condition-ver-status"


def presence(
    resource: Mapping[str, object], answers: Mapping[str, str], *, history_counts: bool = False
) -> str | Problem:
    """``present`` or ``absent``; ``answers`` maps ``system|code`` of a coded value to one of the two.

    ``history_counts``: a Condition that is over was there, and that is what is asked.
    """
    if resource.get("resourceType") == "Condition":
        return _by_verification(resource, history_counts=history_counts)
    return _by_value(resource, answers)


def _by_verification(condition: Mapping[str, object], *, history_counts: bool) -> str | Problem:
    verification = _status_code(condition.get("verificationStatus"))
    # R4 leaves verificationStatus optional, and many problem lists leave it out.
    answer = "present" if verification is None else _VERIFICATION.get(verification)
    if answer is None:
        return Problem("status", f"verificationStatus {printable(verification)} leaves it open")
    # A clinicalStatus that is over was refused at intake; without one the abatement tells.
    if history_counts:
        return answer
    if answer == "present" and condition.get("clinicalStatus") is None and _has_abated(condition):
        return Problem("status", "a Condition that has abated does not say what holds now")
    return answer


def _by_value(observation: Mapping[str, object], answers: Mapping[str, str]) -> str | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    element, content = value
    if element == "valueBoolean" and isinstance(content, bool):
        return "present" if content else "absent"
    words = words_for(content, answers) if element == "valueCodeableConcept" else set()
    if len(words) == 1:
        return words.pop()
    return Problem("invalid", f"{printable(element)} says neither present nor absent")


def _status_code(status: object) -> str | None:
    """The code of verificationStatus, ``?`` when it is there but unreadable, ``None`` when it is missing."""
    if status is None or isinstance(status, str):
        return status
    codings = codings_of(status)
    standard = [coding for coding in codings if str(coding.get("system", "")).endswith(_STATUS_SYSTEM)]
    codes = [coding.get("code") for coding in standard or codings]
    code = codes[0] if codes and all(code == codes[0] for code in codes) else None
    return code if isinstance(code, str) else "?"


def _has_abated(condition: Mapping[str, object]) -> bool:
    return any(key.startswith("abatement") and value not in (None, False) for key, value in condition.items())
