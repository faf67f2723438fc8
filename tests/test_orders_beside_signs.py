"""Immunoglobulin for MMN beside signs of motor neuron disease that nobody named: asked about once, not silent."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.opened_charts import diagnosis, found
from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import ICD10, SUBJECT, Json, body, condition, order, post, searched, weight

USUAL = draft(line(32, daily(5)))
UMN, BULBAR = "upper-motor-neuron-signs", "marked-bulbar-involvement"
SIGNS, WEAK_BULBS, RAPID = found(UMN), found(BULBAR), found("progression", "rapid")
ASKED_OF_SIGNS = "warning: Upper motor neuron signs on record"
ASKED_OF_BULBS = "warning: Marked bulbar weakness on record"
ASKED_OF_COURSE = "A rapid course on record"
MMN, WITHOUT_MMN = searched(condition("G61.82")), searched()
HOOKS = ("order-sign", "order-select")


def asked(client: FlaskClient, hook: str, *chart: Json, drafts: Sequence[Json] = (USUAL,), **prefetch: Any) -> str:
    """The cards on the order, each as "indicator: summary", in one text."""
    mine = [{**each, "id": f"f{number}", "subject": SUBJECT} for number, each in enumerate(chart)]
    entries = [{"resource": each} for each in drafts]
    orders = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    selections = [f"MedicationRequest/{each['id']}" for each in drafts] if hook == "order-select" else None
    found_on = searched(weight(80), *mine)
    answer = post(
        client, body(hook, orders, selections, **{"findings": found_on, "examinations": found_on, **prefetch})
    )
    assert answer.status_code == 200, answer.get_json()
    return "\n".join(
        f"{each['indicator']}: {each['summary']} | {each['detail']}" for each in answer.get_json()["cards"]
    )


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    ("chart", "told"),
    [
        ([SIGNS], ASKED_OF_SIGNS),
        ([found("extensor-plantar-response")], ASKED_OF_SIGNS),
        ([WEAK_BULBS], ASKED_OF_BULBS),
        ([RAPID], ASKED_OF_COURSE),
    ],
)
def test_immunoglobulin_beside_signs_of_motor_neuron_disease_is_asked_about_once(
    client: FlaskClient, hook: str, chart: list[Json], told: str
) -> None:
    assert asked(client, hook, *chart).count(told) == 1
    assert told not in asked(client, hook)


@pytest.mark.parametrize(
    ("chart", "prefetch"),
    [
        ([found(UMN, value=False), found(BULBAR, value=False)], {}),
        ([found("brisk-reflexes")], {}),
        ([found("progression", "slowly-progressive")], {}),
        ([SIGNS], {"conditions": searched(condition("G61.82"), {**diagnosis("G35"), "id": "ms", "subject": SUBJECT})}),
        (
            [WEAK_BULBS],
            {"conditions": searched(condition("G61.82"), {**diagnosis("G70.00"), "id": "mg", "subject": SUBJECT})},
        ),
        ([SIGNS, WEAK_BULBS, RAPID], {"conditions": WITHOUT_MMN}),
        (
            [SIGNS, WEAK_BULBS, RAPID],
            {"drafts": [draft(line(32, daily(5)), reasonCode=[{"coding": [{"system": ICD10, "code": "D69.3"}]}])]},
        ),
        ([SIGNS, WEAK_BULBS, RAPID], {"drafts": [order("8640")]}),
    ],
)
def test_what_is_no_such_sign_or_no_order_for_mmn_is_not_asked_about(
    client: FlaskClient, chart: list[Json], prefetch: Any
) -> None:
    said = asked(client, "order-sign", *chart, **prefetch)
    assert not any(each in said for each in (ASKED_OF_SIGNS, ASKED_OF_BULBS, ASKED_OF_COURSE)), said


def test_an_order_for_mmn_by_its_reason_is_asked_about_too(client: FlaskClient) -> None:
    for_mmn = draft(line(32, daily(5)), reasonCode=[{"coding": [{"system": ICD10, "code": "G61.82"}]}])
    assert ASKED_OF_SIGNS in asked(client, "order-sign", SIGNS, drafts=[for_mmn], conditions=WITHOUT_MMN)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (condition("G12.21", "als"), "Motor neuron disease is coded: settle before treatment"),
        (
            {**diagnosis("G12.21", verified="provisional"), "id": "als", "subject": SUBJECT},
            "motor neuron disease as a question",
        ),
    ],
)
def test_motor_neuron_disease_that_the_chart_names_has_its_own_card(
    client: FlaskClient, entry: Json, told: str
) -> None:
    said = asked(client, "order-sign", SIGNS, WEAK_BULBS, conditions=searched(condition("G61.82"), entry))
    assert told in said
    assert ASKED_OF_SIGNS not in said
    assert "bulbar weakness on record" not in said


def test_signs_and_bulbar_weakness_stand_on_one_card_and_the_course_gives_way(client: FlaskClient) -> None:
    said = asked(client, "order-sign", SIGNS, WEAK_BULBS, RAPID)
    (summary,) = [each.partition(" | ")[0] for each in said.splitlines() if each.startswith("warning")]
    assert (
        summary
        == f"{ASKED_OF_SIGNS}: settle the diagnosis before immunoglobulin; also: Marked bulbar weakness on record"
    )
    assert ASKED_OF_COURSE not in said
