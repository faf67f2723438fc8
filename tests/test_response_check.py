"""The check before sending: nothing that breaks the interface gets out, and its absence is told."""

import copy
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.app import create_app
from service.cards.not_shown import not_shown_card, topic
from service.evaluate import Evaluator
from service.settings import Settings
from service.web.request_log import JsonLine
from service.web.response_check import UNNAMED, check_cards, is_sound
from tests.bench import bodies
from tests.message_samples import Sample, samples
from tests.patient_folders import PatientFolder, patient_folders, results_of
from tests.shipped import shipped

EVALUATOR = shipped()
BAD_CARDS = [one for one in samples("responses") if one.wrong.startswith("cards.0")]
PATIENT, CANARY = "Patient/p1", "Zebedee-Canary"
JSON = {"Content-Type": "application/json"}
Json = dict[str, Any]
Spoil = Callable[[Json], object]


@pytest.fixture
def _request() -> Iterator[None]:
    """A log line names the request that it belongs to."""
    with create_app(Settings(profile="local", store="sqlite:///:memory:"), EVALUATOR).test_request_context():
        yield


@pytest.fixture
def card() -> Json:
    sound: Json = next(samples("responses")).body["cards"][0]
    return sound


@pytest.mark.usefixtures("_request")
@pytest.mark.parametrize("folder", patient_folders(), ids=lambda folder: folder.name)
def test_every_card_of_every_patient_passes_as_it_is(folder: PatientFolder) -> None:
    dropped: list[str] = []
    for result in results_of(folder.answer(EVALUATOR)):
        assert (
            check_cards(result["cards"], result["evaluation"]["patient"], EVALUATOR.knowledge, dropped.append)
            == result["cards"]
        )
    assert dropped == []


@pytest.mark.conforms("MIS-5")
@pytest.mark.usefixtures("_request")
@pytest.mark.parametrize("sample", BAD_CARDS, ids=lambda sample: sample.name)
def test_a_card_that_breaks_the_schema_is_replaced_by_one_that_says_so(sample: Sample) -> None:
    dropped: list[str] = []
    (told,) = check_cards(sample.body["cards"], PATIENT, EVALUATOR.knowledge, dropped.append)
    assert told["source"]["topic"]["code"] == topic(EVALUATOR.knowledge)
    assert dropped[0] in told["detail"]
    assert len(dropped) == 1


def of_nobody(resource: Json) -> None:
    del resource["subject"]


def of_another_patient(resource: Json) -> None:
    resource["subject"] = {"reference": "Patient/p2"}


def of_a_patient_elsewhere(resource: Json) -> None:
    resource["subject"] = {"reference": "https://fhir.example.org/Patient/p1"}


def with_a_status_that_is_a_number(resource: Json) -> None:
    resource["status"] = 7


def with_an_element_that_does_not_exist(resource: Json) -> None:
    resource["priorityy"] = "urgent"


def of_a_type_that_does_not_exist(resource: Json) -> None:
    resource["resourceType"] = "ServiceWish"


@pytest.mark.parametrize(
    "spoil",
    [
        of_nobody,
        of_another_patient,
        of_a_patient_elsewhere,
        with_a_status_that_is_a_number,
        with_an_element_that_does_not_exist,
        of_a_type_that_does_not_exist,
    ],
)
def test_a_suggested_resource_that_is_wrong_is_not_sent(card: Json, spoil: Spoil) -> None:
    assert is_sound(card, PATIENT)
    spoil(card["suggestions"][0]["actions"][0]["resource"])
    assert not is_sound(card, PATIENT)


def test_the_card_that_tells_of_the_gap_is_sound_and_no_mere_information() -> None:
    told = not_shown_card(["mmnDiagnosis", UNNAMED], EVALUATOR.knowledge)
    assert is_sound(told, PATIENT)
    assert told["indicator"] == "warning"


class Spoiling(Evaluator):
    """An evaluator whose first card has become unfit to be sent."""

    def evaluate_bundle(self, *arguments: Any) -> Json:
        """The answer with an urgency that does not exist."""
        answer = copy.deepcopy(super().evaluate_bundle(*arguments))
        cards: Any = answer["cards"]
        cards[0] |= {"indicator": CANARY}
        return answer


def answered(*, check_responses: bool) -> tuple[list[Json], str]:
    """The cards of a call whose first card is spoilt, and the counters afterwards."""
    spoiling = Spoiling.__new__(Spoiling)
    spoiling.__dict__ |= EVALUATOR.__dict__
    client = create_app(
        Settings(profile="local", store="sqlite:///:memory:", check_responses=check_responses), spoiling
    ).test_client()
    body = bodies.as_bundle(bodies.mmn_resources(12))
    return client.post("/fhir/$mmn-evaluate", data=body, headers=JSON).get_json()["cards"], client.get("/metrics").text


@pytest.mark.conforms("LOG-2")
def test_a_dropped_card_is_logged_and_counted_by_topic_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        cards, counters = answered(check_responses=True)
    lines = [JsonLine().format(record) for record in caplog.records]
    (line,) = [line for line in lines if '"card dropped"' in line]
    assert '"topic":"mmnDiagnosis' in line
    assert '"correlation_id":"' in line
    assert 'mmn_cds_dropped_cards_total{topic="mmnDiagnosis' in counters
    assert CANARY not in f"{lines}{cards}{counters}"
    assert [card["source"]["topic"]["code"] for card in cards][-1] == topic(EVALUATOR.knowledge)


def test_without_the_setting_cards_are_sent_unchecked() -> None:
    cards, _ = answered(check_responses=False)
    assert cards[0]["indicator"] == CANARY
