"""Who may notify, and how the chart is read on its behalf: SMART Backend Services at the server that is its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt

from service.evaluate import Evaluator
from service.notifications.embedded import work_off
from tests.fake_fhir.behaviours import status
from tests.hospital import ACCESS, ENGINE, KEY, OTHER, READER, Hospital
from tests.notifying import ENDPOINT, OPERATION
from tests.test_notifications import CHART, NAME, PATIENT, transaction


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator.load(None)


@pytest.fixture
def hospital(tmp_path: Path, evaluator: Evaluator) -> Iterator[Hospital]:
    with Hospital(tmp_path, evaluator) as made:
        yield made


def test_the_chart_is_read_with_a_token_that_this_service_proves_itself_for(hospital: Hospital) -> None:
    taken = hospital.post(ENGINE)
    assert taken.status_code == 202
    work_off(hospital.worker)
    (result,) = hospital.status(ENGINE, taken).get_json()["results"]
    assert result["evaluation"]["classification"]["reached"] == "definite"
    (form,) = hospital.asked_for_token
    assert (form["grant_type"], form["scope"]) == (["client_credentials"], ["system/*.read"])
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    claims = jwt.decode(form["client_assertion"][0], KEY, algorithms=["ES384"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("mmn-cds", "mmn-cds", f"{hospital.ehr.base}/token")
    assert claims["exp"] - claims["iat"] <= 300


@pytest.mark.parametrize(("lifetime", "times"), [(300, 1), (1, 2)], ids=["lasting", "short"])
def test_a_token_is_kept_as_long_as_it_is_good(hospital: Hospital, lifetime: int, times: int) -> None:
    """It is wanted for the Patient, and for all the rest."""
    hospital.lifetime = lifetime
    hospital.post(ENGINE)
    work_off(hospital.worker)
    assert len(hospital.asked_for_token) == times


def test_a_token_that_the_server_takes_no_more_is_asked_for_anew(hospital: Hospital) -> None:
    hospital.ehr.token = "another"  # noqa: S105  # made up
    hospital.post(ENGINE)
    work_off(hospital.worker)
    hospital.ehr.token = ACCESS
    later = hospital.post(ENGINE, transaction(*CHART))
    work_off(hospital.worker)
    assert hospital.status(ENGINE, later).get_json()["status"] == "done"
    assert len(hospital.asked_for_token) == 2


def test_another_caller_has_another_server_and_cannot_ask_what_became_of_a_message(hospital: Hospital) -> None:
    mine, other = hospital.post(ENGINE), hospital.post(OTHER)
    work_off(hospital.worker)
    assert hospital.status(OTHER, mine).status_code == 404
    (result,) = hospital.status(OTHER, other).get_json()["results"]
    assert result["evaluation"]["patient"] == NAME
    assert result["evaluation"]["classification"]["reached"] == "none"
    assert all("authorization" not in each.headers for each in hospital.other_ehr.asked)


@pytest.mark.parametrize("token", [READER, "", "nobody"], ids=["one that may evaluate", "none", "an unknown one"])
def test_nobody_else_may_notify(hospital: Hospital, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    asked: list[Callable[[], Any]] = [
        lambda: hospital.client.post(OPERATION, json=PATIENT, headers=headers),
        lambda: hospital.client.post(ENDPOINT, headers=headers),
        lambda: hospital.client.put(f"{ENDPOINT}/Patient/p1", json=PATIENT, headers=headers),
        lambda: hospital.client.delete(f"{ENDPOINT}/Patient/p1", headers=headers),
        lambda: hospital.client.get(f"{ENDPOINT}/0b4b9a9e0a5e4a5c9d403a9d5c3a7e01", headers=headers),
    ]
    assert {each().status_code for each in asked} == {401}
    assert hospital.ehr.asked == []


def test_who_may_notify_may_not_evaluate_for_that(hospital: Hospital) -> None:
    answer = hospital.client.post("/fhir/$mmn-evaluate", json=PATIENT, headers={"Authorization": f"Bearer {ENGINE}"})
    assert answer.status_code == 401


def test_a_token_server_that_fails_puts_the_message_off(hospital: Hospital) -> None:
    hospital.ehr.behave(status(500), on="token")
    taken = hospital.post(ENGINE)
    work_off(hospital.worker)
    assert hospital.status(ENGINE, taken).get_json() == {"status": "waiting"}
    assert hospital.ehr.asked_for("Patient") == []


def test_nothing_that_is_kept_names_the_patient(hospital: Hospital) -> None:
    hospital.post(ENGINE)
    work_off(hospital.worker)
    hospital.worker.database.engine.dispose()
    (file,) = [Path(str(hospital.worker.database.engine.url.database))]
    kept = b"".join(path.read_bytes() for path in file.parent.glob("store.sqlite*"))
    assert b"engine" in kept
    for secret in (str(PATIENT["id"]), ACCESS, ENGINE, "Berger"):
        assert secret.encode() not in kept
