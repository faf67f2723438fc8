"""A Condition without a code is named beside an order of immunoglobulin, and says nothing elsewhere."""

import pytest
from flask.testing import FlaskClient

from tests.test_order_doses import draft, every, line
from tests.test_order_hooks import PREDNISONE, Json, condition, order, patient_view, searched, signed, summaries, weight

NOTE = {"note": [{"text": "chronic kidney disease, stage 4"}]}
STATUS = {"coding": [{"code": "resolved"}]}
INFUSED = draft(line(80, every(28)))


def without_a_code(**more: object) -> Json:
    made = condition("G61.82", "nameless")
    return {**{key: each for key, each in made.items() if key != "code"}, **more}


@pytest.mark.parametrize(
    ("entry", "is_told"),
    [
        (without_a_code(), True),
        (without_a_code(**NOTE), True),
        (without_a_code(category=[{"text": "problem list"}]), True),
        (without_a_code(code={}), True),
        (without_a_code(code={"text": "  "}), True),
        (without_a_code(verificationStatus={"coding": [{"code": "provisional"}]}), True),
        (without_a_code(code={"text": "migraine"}), False),
        (without_a_code(code={"coding": [{"system": "https://hospital.example/codes", "code": "X1"}]}), False),
        (without_a_code(clinicalStatus=STATUS), False),
        (without_a_code(verificationStatus={"coding": [{"code": "refuted"}]}), False),
        (without_a_code(verificationStatus={"coding": [{"code": "entered-in-error"}]}), False),
    ],
    ids=[
        *("nothing", "a note", "a category", "an empty code", "an empty text", "not confirmed"),
        *("a name", "a code of their own", "over", "refuted", "in error"),
    ],
)
def test_a_diagnosis_without_a_name_is_told_beside_immunoglobulin(
    client: FlaskClient, entry: Json, is_told: bool
) -> None:
    chart = {"conditions": searched(condition("G61.82"), entry), "findings": searched(weight(80))}
    cards = signed(client, INFUSED, **chart)
    assert any("without a code and a name" in card["detail"] for card in cards) is is_told, summaries(cards)


def test_it_says_nothing_beside_another_drug_nor_when_the_chart_is_opened(client: FlaskClient) -> None:
    entry = without_a_code(**NOTE)
    ordered = signed(client, order(PREDNISONE), conditions=searched(condition("G61.82"), entry))
    opened = patient_view(client, conditions=searched(condition("G61.82"), entry))
    assert not any("without a code and a name" in card["detail"] for card in (*ordered, *opened))
