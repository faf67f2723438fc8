"""An onset of weakness that looks like a slip of the pen takes no class away: it is unknown, and asked about."""

from typing import Any

import pytest

from tests.canary_resources import BEDSIDE, coded, condition, finding, worded
from tests.test_unread_motor_studies import WITHOUT, answer, class_card, ulnar, verdict

Json = dict[str, Any]
C1 = "mmn.clinical_core.progressive_asymmetric_weakness"
ASKED = "is the date right?"
DIFFUSE, NOT_DIFFUSE = (finding("diffuse-symmetric-weakness-at-onset", present=is_there) for is_there in (True, False))
STATED = [coded(BEDSIDE, name) for name in ("weakness-onset", "progression", "diffuse-symmetric-weakness-at-onset")]
REST = [each for each in WITHOUT if each["code"] not in STATED]
SLOW, STEPS, RAPID = (worded("progression", word) for word in ("slowly-progressive", "stepwise", "rapid"))


def began(day: str) -> Json:
    return finding("weakness-onset", valueDateTime=day)


def mmn(onset: str = "", recorded: str = "2019-06-01") -> Json:
    known = {**condition("http://hl7.org/fhir/sid/icd-10-cm", "G61.82"), "recordedDate": recorded}
    return {**known, "onsetDateTime": onset} if onset else known


def of(*resources: Json) -> Json:
    rest = () if DIFFUSE in resources else (NOT_DIFFUSE,)
    return answer(ulnar(), *rest, *resources, whole=REST)


IN_DOUBT = {
    "ten days before the examination, and the diagnosis began in 2019": [began("2026-02-10"), SLOW, mmn("2019-02-01")],
    "the same by the record date of the diagnosis": [began("2026-02-10"), STEPS, mmn()],
    "the same without a stated course": [began("2026-02-10"), mmn()],
    "on the day of the examination, with a slow course": [began("2026-02-28"), SLOW],
    "on the day of the examination, with a stepwise course": [began("2026-02-28"), STEPS],
}


@pytest.mark.parametrize("case", IN_DOUBT)
def test_an_onset_that_looks_mistyped_is_unknown_and_asked_about(case: str) -> None:
    made = of(*IN_DOUBT[case])
    assert verdict(made, C1) == "unknown"
    assert made["evaluation"]["classification"]["attainable"] == "definite"
    assert ASKED in class_card(made)["detail"]


AS_STATED = {
    "ten days before, and nothing else is dated": ([began("2026-02-10"), SLOW], "not_met"),
    "ten days before, with a rapid course": ([began("2026-02-10"), RAPID, mmn()], "not_met"),
    "ten days before, diffuse at onset": ([began("2026-02-10"), SLOW, mmn(), DIFFUSE], "not_met"),
    "ten days before, and the diagnosis of the same weeks": (
        [began("2026-02-10"), SLOW, mmn(recorded="2026-02-18")],
        "not_met",
    ),
    "on the day of the examination, without a course": ([began("2026-02-28")], "not_met"),
    "years before": ([began("2021-02-10"), SLOW, mmn()], "met"),
}


@pytest.mark.parametrize("case", AS_STATED)
def test_any_other_onset_counts_as_stated(case: str) -> None:
    sent, expected = AS_STATED[case]
    made = of(*sent)
    assert verdict(made, C1) == expected
    assert ASKED not in " ".join(card["detail"] for card in made["cards"])


def test_a_sign_that_is_noted_and_denied_is_told_by_its_name() -> None:
    sign = {
        "resourceType": "Condition",
        "id": "b",
        "clinicalStatus": condition("", "")["clinicalStatus"],
        "code": {"text": "Positive Babinski sign"},
        "recordedDate": "2025-08-04",
    }
    detail = class_card(of(began("2021-02-10"), SLOW, sign))["detail"]
    assert "extensor plantar noted, and denied by another statement: examine" in detail


@pytest.mark.parametrize("code", ["R20.0", "R20.1"])
def test_coded_numbness_beside_normal_sensation_is_told_and_decides_nothing(code: str) -> None:
    made = of(began("2021-02-10"), SLOW, condition("http://hl7.org/fhir/sid/icd-10-cm", code))
    assert made["evaluation"]["classification"]["reached"] == "definite"
    assert "numbness is coded" in class_card(made)["detail"]
