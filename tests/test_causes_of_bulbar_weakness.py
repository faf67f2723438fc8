"""Coded diseases that explain bulbar weakness or upper motor neuron signs: no call for a specialist, and what stays."""

import pytest

from tests.opened_charts import Json, cards, diagnosis, found

BULBAR, SIGNS = found("marked-bulbar-involvement"), found("upper-motor-neuron-signs")
WEAK = found("asymmetric-limb-weakness")
SLOW, RAPID = found("progression", "slowly-progressive"), found("progression", "rapid")
WASTING, TWITCHING = found("muscle-atrophy"), found("cramps-or-fasciculations")


def critical(*chart: Json) -> list[str]:
    return [card for card in cards(WEAK, *chart) if card.startswith("critical")]


LASTING = {
    "myasthenia gravis": "G70.01",
    "Lambert-Eaton syndrome": "G70.80",
    "Lambert-Eaton syndrome with a tumour": "G73.1",
    "congenital myasthenia": "G70.2",
    "cancer of the oropharynx": "C10.9",
    "cancer of the base of the tongue": "C01",
    "cancer of the larynx": "C32.9",
    "myotonic dystrophy": "G71.11",
    "oculopharyngeal dystrophy": "G71.09",
    "Parkinson's disease": "G20",
    "Parkinson's disease of the newer edition": "G20.A1",
    "supranuclear palsy": "G23.1",
    "inclusion body myositis": "G72.41",
    "dermatomyositis": "M33.10",
    "dysphagia after a stroke": "I69.391",
    "dysarthria after a stroke": "I69.322",
    "glioma": "C71.7",
}


@pytest.mark.parametrize("code", LASTING.values(), ids=LASTING)
def test_a_coded_disease_that_goes_on_explains_bulbar_weakness(code: str) -> None:
    entry = diagnosis(code, "2020-02-01")
    told = cards(WEAK, BULBAR, SLOW, entry)
    assert all(card.startswith("info") for card in told), told
    assert any("may explain it" in card or "bulbar" in card.lower() for card in told), told
    assert critical(BULBAR, TWITCHING, entry)
    assert critical(BULBAR, SIGNS, diagnosis(code, verified="provisional"))
    assert critical(BULBAR, diagnosis(code, now="resolved"))


@pytest.mark.parametrize(
    ("code", "beside", "is_urgent"),
    [
        ("I63.9", [], False),
        ("I61.3", [], False),
        ("I63.9", [WASTING], True),
        ("I63.9", [SLOW], True),
        ("I63.9", [SIGNS], False),
        ("I63.9", [SIGNS, WASTING], True),
        ("G70.01", [RAPID], False),
        ("G70.01", [WASTING], True),
        ("G70.01", [SIGNS], True),
        ("A05.1", [RAPID], False),
        ("C10.9", [RAPID], False),
        ("M33.10", [RAPID, WASTING], False),
        ("G71.11", [WASTING], False),
        ("G71.11", [RAPID], True),
        ("G72.41", [WASTING], False),
        ("G20", [WASTING], True),
        ("G20", [RAPID], True),
        ("G20", [SIGNS], True),
        ("I69.391", [WASTING], True),
        ("G56.01", [], True),
        ("E11.9", [], True),
        ("C50.911", [], True),
        ("Myasthenia gravis", [], True),
    ],
)
def test_a_disease_explains_only_what_it_gives_beside_bulbar_weakness(
    code: str, beside: list[Json], is_urgent: bool
) -> None:
    told = critical(BULBAR, *beside, diagnosis(code))
    assert bool(told) is is_urgent, told


@pytest.mark.parametrize(
    ("onset", "is_urgent"), [("2026-02-01", False), ("2025-11-20", False), ("2016-02-01", True), ("2026-02-25", True)]
)
@pytest.mark.parametrize("code", ["I63.9", "A05.1"])
def test_one_event_explains_bulbar_weakness_that_came_with_it(code: str, onset: str, is_urgent: bool) -> None:
    assert bool(critical(BULBAR, diagnosis(code, onset))) is is_urgent


def test_the_critical_card_names_the_disease_that_does_not_explain_bulbar_weakness() -> None:
    (card,) = critical(BULBAR, diagnosis("I63.9", "2016-02-01"))
    assert "not explained by cerebral infarction of 2016" in card


GOES_ON = {
    "syringomyelia": "G95.0",
    "neuromyelitis optica": "G36.0",
    "tropical spastic paraplegia": "G04.1",
    "subacute combined degeneration": "G32.0",
    "cord tumour": "C72.0",
    "benign cord tumour": "D33.4",
    "cord tumour of uncertain behaviour": "D43.4",
    "glioma": "C71.9",
    "spina bifida": "Q05.9",
    "adrenoleukodystrophy": "E71.529",
    "hereditary spastic paraplegia": "G11.4",
    "hydrocephalus": "G91.2",
}
ONE_EVENT = {
    "cord injury": "S14.129A",
    "sequel of a cord injury": "S14.129S",
    "brain injury": "S06.2X9A",
    "sequel of a brain injury": "S06.2X9S",
    "quadriplegia of a cord level": "G82.54",
    "cord disease": "G95.9",
}


@pytest.mark.parametrize("code", (GOES_ON | ONE_EVENT).values(), ids=GOES_ON | ONE_EVENT)
def test_a_lesion_of_brain_or_cord_explains_upper_motor_neuron_signs(code: str) -> None:
    entry = diagnosis(code, "2026-01-10")
    assert critical(SIGNS, entry) == []
    assert bool(critical(SIGNS, SLOW, entry)) is (code in ONE_EVENT.values())
    assert critical(SIGNS, WASTING, entry)
    assert critical(SIGNS, TWITCHING, entry)
    assert critical(SIGNS, RAPID, entry)
    assert critical(SIGNS, diagnosis(code, verified="provisional"))


@pytest.mark.parametrize("code", ONE_EVENT.values(), ids=ONE_EVENT)
def test_signs_long_after_one_event_are_not_explained_by_it(code: str) -> None:
    assert critical(SIGNS, diagnosis(code, "2016-01-10"))


@pytest.mark.parametrize("code", ["S06.0X0A", "E53.8", "G82.50", "G83.21", "S34.109A", "C72.1", "M48.02", "F03.90"])
def test_what_names_no_lesion_of_brain_or_cord_explains_no_sign(code: str) -> None:
    assert critical(SIGNS, diagnosis(code))
