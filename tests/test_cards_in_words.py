"""Cards are read by people: no id of a resource, no list that is cut in the middle, never too long."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.cards.layout import IN_COMPANY, Detail
from service.cards.records import in_words
from service.cards.text import sentences
from tests.patient_folders import patient_folders, results_of
from tests.shipped import shipped
from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import SUBJECT, Json, condition, searched, signed, weight

ID = re.compile(
    r"\b(?:Observation|Condition|AllergyIntolerance|DiagnosticReport|Procedure|Patient|"
    r"Medication(?:Request|Administration|Statement)?)/[A-Za-z0-9]|urn:uuid|Bundle\.entry"
)
CUT = re.compile(r"and \d+ more")
WORDED = {
    "Observation/o1 (no unit)": "a result (no unit)",
    "Observation/a, Observation/b and 2 more (no unit)": "4 results (no unit)",
    "Observation/a and Condition/c (x)": "a diagnosis and a result (x)",
    "Observation/a, Condition/c and 3 more": "5 records",
    "MedicationRequest/d1, MedicationRequest/d2.": "2 orders.",
    "https://ehr.example.org/fhir/Condition/17/_history/2: not confirmed": "a diagnosis: not confirmed",
    "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0 (x)": "a record (x)",
    "Bundle.entry[3] (x)": "a record (x)",
    "DiagnosticReport/dr#2 (x)": "a report (x)",
    "0.4 g/kg, EFNS/PNS 2010, Kiovig/Gammagard": "0.4 g/kg, EFNS/PNS 2010, Kiovig/Gammagard",
}


@pytest.mark.parametrize(("text", "words"), WORDED.items())
def test_a_record_is_named_by_what_it_is(text: str, words: str) -> None:
    assert in_words(text) == words


def texts(card: Json) -> str:
    return f"{card['summary']}\n{card.get('detail', '')}"


def all_cards() -> Iterator[Any]:
    evaluator = shipped()
    for folder in patient_folders():
        for result in results_of(folder.answer(evaluator)):
            yield from result["cards"]


def test_no_card_of_any_patient_folder_holds_an_id_a_cut_list_or_too_much() -> None:
    made = list(all_cards())
    assert len(made) > 100
    for card in made:
        assert not ID.search(texts(card)), card
        assert not CUT.search(texts(card)), card
        assert len(card["summary"]) < 140
        assert len(card["detail"]) <= 900
        assert sum(bool(row) for row in card["detail"].splitlines()) <= 12


def test_no_line_of_a_list_repeats_the_summary_and_each_begins_like_a_sentence() -> None:
    listed = [
        (card["summary"].casefold(), row.removeprefix("- "))
        for card in all_cards()
        for row in card["detail"].splitlines()
        if row.startswith("- ")
    ]
    assert len(listed) > 100
    assert [row for _, row in listed if row[0].islower() and not row.startswith("eGFR")] == []
    plain = [(summary.replace(":", ""), row.removeprefix("Against MMN: ").replace(":", "")) for summary, row in listed]
    assert [row for summary, row in plain if row.casefold() in summary] == []


RISKS = ("I26.99", "N18.4", "D80.2", "I50.9", "E10.9", "G43.909", "T50.Z15A", "E74.12", "D59.10")


def test_every_precaution_of_one_order_stands_on_its_card_however_many_there_are(client: FlaskClient) -> None:
    order = draft(line(32, daily(5)))
    risks = [condition(code, f"c{number}") for number, code in enumerate(RISKS)]
    chart = {"conditions": searched(condition("G61.82", "mmn"), *risks), "findings": searched(weight(80))}
    cards = [card for card in signed(client, order, **chart) if "Safety" in str(card["source"]["topic"]["code"])]
    whole = "\n".join(map(texts, cards)).casefold()
    assert all(len(card["detail"]) <= 900 for card in cards)
    missing = [
        word for word in ("thrombosis", "kidney", "iga", "volume", "migraine", "stabiliser") if word not in whole
    ]
    assert missing == []


def test_orders_that_are_added_up_are_counted_and_not_named_by_id(client: FlaskClient) -> None:
    orders = [draft(line(16, daily(5)), name=name, subject=SUBJECT) for name in ("a1", "a2")]
    cards = signed(client, *orders, findings=searched(weight(80)))
    assert not any(ID.search(texts(card)) for card in cards)
    assert any("The doses of these orders are added up: 2 orders" in texts(card) for card in cards)


def test_an_explanation_gives_way_whole_and_is_not_cut_in_the_middle() -> None:
    long = (
        "The first sentence stays. " + "The second one is far too long for the place it has, " * 6 + "and so it goes."
    )
    assert sentences(long, 220) == "The first sentence stays."
    assert "first sentence stays." in Detail("A decision.", more=[long]).markdown()


def test_beside_other_cards_a_detail_is_short_and_keeps_what_is_bound() -> None:
    findings = [f"finding {number}" for number in range(6)]
    free = Detail("A decision.", points=findings, more=["An explanation."], last="Rules.")
    bound = replace(free, bound=["a risk " * 9, "b " * 99])
    assert free.markdown(IN_COMPANY) == "A decision.\n\n- Finding 0\n- Finding 1\n- Finding 2\n\nRules."
    assert "An explanation." in free.markdown()
    short = bound.markdown(IN_COMPANY)
    assert all(each in short for each in (("a risk " * 9).strip()[1:], ("b " * 99).strip()[1:], "Finding 0", "Rules."))
    assert "Finding 1" not in short


def test_of_several_cards_none_is_long_but_by_what_is_bound() -> None:
    evaluator = shipped()
    answers = [result["cards"] for folder in patient_folders() for result in results_of(folder.answer(evaluator))]
    several = [card for cards in answers if len(cards) > 1 for card in cards]
    loose = [card for card in several if "ConsiderImmunoglobulin" not in card["source"]["topic"]["code"]]
    assert len(loose) > 40
    assert [card["detail"] for card in loose if len(card["detail"]) > 420] == []
