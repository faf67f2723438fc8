"""What one Condition or Observation says: present, absent, or why neither."""

from collections.abc import Mapping

from service.fhir.values.answers import Problem, codings_of, printable, value_of
from service.fhir.values.yes_no import yes_or_no
from service.subjects.bedside.plantar import Words, may_be_abnormal, of_sides, plantar_response, sides_in

_VERIFICATION = {"confirmed": "present", "provisional": "present", "refuted": "absent"}
_OVER = ("inactive", "resolved", "remission")
_IN_QUESTION = ("provisional", "differential", "unconfirmed")
_ACTIVE = ("active", "recurrence", "relapse")
_STATUS_SYSTEMS = ("condition-ver-status", "condition-clinical")


def presence(
    resource: Mapping[str, object],
    answers: Mapping[str, str],
    *,
    history_counts: bool = False,
    question_counts: bool = False,
    plantar: Words | None = None,
    side: str = "",
) -> str | Problem:
    """``present`` or ``absent``; ``answers`` maps ``system|code`` or a text in lower case to one of the two.

    ``plantar``: the words of a plantar response, where the Observation is one; ``side``: the only one it is of.
    ``history_counts``: a Condition that is over was there, and that is what is asked.
    ``question_counts``: one that is only in question is there, as a question.
    """
    if resource.get("resourceType") == "Condition":
        if question_counts and certainty(resource) == "in_question":
            return "present"
        return _by_verification(resource, history_counts=history_counts)
    return _by_value(resource, answers, plantar, side)


def is_over(condition: Mapping[str, object]) -> bool:
    """Whether the clinical status says that a Condition does not hold now."""
    return _status_code(condition.get("clinicalStatus")) in _OVER or (
        condition.get("clinicalStatus") is None and has_abated(condition)
    )


def certainty(condition: Mapping[str, object]) -> str | None:
    """``confirmed`` (also where nothing is said), ``in_question``, ``refuted``, or ``None``: not readable."""
    status = _status_code(condition.get("verificationStatus"))
    if status is None or status == "confirmed":
        return "confirmed"
    return "in_question" if status in _IN_QUESTION else "refuted" if status == "refuted" else None


def only_if_active(condition: Mapping[str, object]) -> str | Problem:
    """``present`` of a Condition that is active now and not provisional; else why it does not count.

    What softens a warning needs better proof than what raises one.
    """
    if _status_code(condition.get("clinicalStatus")) not in _ACTIVE:
        return Problem("status", "clinicalStatus does not say that it is active")
    return only_if_settled(condition)


def only_if_settled(condition: Mapping[str, object]) -> str | Problem:
    """``present`` of a Condition that has no end and is not asked about only; one without a clinicalStatus counts."""
    verification = _status_code(condition.get("verificationStatus"))
    if has_abated(condition):
        return Problem("status", "it has an end")
    if verification not in (None, "confirmed"):
        return Problem("status", f"verificationStatus {printable(verification)} is not confirmed")
    return "present"


def _by_verification(condition: Mapping[str, object], *, history_counts: bool) -> str | Problem:
    verification = _status_code(condition.get("verificationStatus"))
    # R4 leaves verificationStatus optional, and many problem lists leave it out.
    answer = "present" if verification is None else _VERIFICATION.get(verification)
    if answer is None:
        return Problem("status", f"verificationStatus {printable(verification)} leaves it open")
    # A clinicalStatus that is over was refused at intake; without one the abatement tells.
    if history_counts:
        return answer
    if answer == "present" and condition.get("clinicalStatus") is None and has_abated(condition):
        return Problem("status", "a Condition that has abated does not say what holds now")
    return answer


def _by_value(
    observation: Mapping[str, object], answers: Mapping[str, str], plantar: Words | None, side: str
) -> str | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        sides = of_sides(observation) if plantar else ""
        if not sides:
            return value
        value = "valueString", sides
    element, content = value
    said = (plantar and plantar_response(element, content, plantar, side)) or yes_or_no(element, content, answers)
    if said is not None:
        return said
    if plantar:
        return Problem("invalid", f"{printable(element)} says neither extensor nor, of both sides, flexor")
    return Problem("invalid", f"{printable(element)} says neither present nor absent")


def answered_side(resource: Mapping[str, object], words: Words | None) -> set[str]:
    """``right``, ``left`` and ``both``, as far as the words of an answer say so."""
    value = value_of(resource) if words is not None and resource.get("resourceType") == "Observation" else None
    return sides_in(*value, words) if words is not None and isinstance(value, tuple) else set()


def is_unread(observation: Mapping[str, object], words: Words | None, *, is_plantar: bool) -> bool:
    """Whether an Observation has words that nobody could read and that may tell of something abnormal."""
    if words is None or observation.get("resourceType") != "Observation":
        return False
    value = value_of(observation)
    if isinstance(value, Problem):
        value = "valueString", of_sides(observation) if is_plantar else ""
    return may_be_abnormal(*value, words, is_plantar=is_plantar)


def _status_code(status: object) -> str | None:
    """The code of a status, ``?`` when it is there but unreadable, ``None`` when it is missing."""
    if status is None or isinstance(status, str):
        return status
    codings = codings_of(status)
    standard = [coding for coding in codings if str(coding.get("system", "")).endswith(_STATUS_SYSTEMS)]
    codes = [coding.get("code") for coding in standard or codings]
    code = codes[0] if codes and all(code == codes[0] for code in codes) else None
    return code if isinstance(code, str) else "?"


def has_abated(condition: Mapping[str, object]) -> bool:
    """Whether a Condition has an end."""
    return any(key.startswith("abatement") and value not in (None, False) for key, value in condition.items())
