"""Two hundred patients asked about by sixteen threads at once: each answer is about its own patient and no other."""

import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import orjson
import pytest
from flask import Flask

from service.app import create_app
from service.fhir.gathering.fetcher import FhirFetcher
from service.outgoing.client import Client
from service.settings import Settings
from tests.bench import bodies
from tests.fake_fhir import FakeFhirServer
from tests.shipped import shipped

PATIENTS, THREADS, REQUESTS = 200, 16, 2000
EVALUATE = "/fhir/$mmn-evaluate?asOf=2026-03-04T10:20:00Z"
VIEW, SIGN = "/cds-services/mmn-patient-view", "/cds-services/mmn-order-sign"
_MARK = re.compile(r"pt-\d+-")
# What a card says of its own making, and the name of this very card.
_MOMENT = re.compile(rb'"uuid":"[^"]+"|data as of [^"\\]+|"id":"[0-9a-f-]{36}"')


@dataclass(frozen=True, slots=True)
class Question:
    """One request about the patient of a number."""

    patient: int
    path: str
    body: bytes


@pytest.fixture(scope="module")
def ehr() -> Iterator[FakeFhirServer]:
    own = [orjson.loads(about(number, orjson.dumps(bodies.mmn_resources(14)))) for number in range(PATIENTS)]
    with FakeFhirServer([resource for resources in own for resource in resources]) as server:
        yield server


@pytest.fixture(scope="module")
def app(ehr: FakeFhirServer) -> Flask:
    settings = Settings(profile="local", store="sqlite:///:memory:", fhir_servers=(ehr.base,))
    fetcher = FhirFetcher(Client(), fetch_seconds=30, https_only=False)
    return create_app(settings, shipped(), fetcher)


def about(number: int, body: bytes) -> bytes:
    """The body with every id, and the values of the ulnar nerve, as only this patient has them."""
    own = re.sub(rb'"id":"', b'"id":"pt-%d-' % number, body.replace(b"bench-1", b"b"))
    own = own.replace(b"Patient/b", b"Patient/pt-%d-b" % number).replace(
        b'"patientId":"b"', b'"patientId":"pt-%d-b"' % number
    )
    return own.replace(b'"value":24.9', b'"value":24.%03d' % number)


def questions(ehr: FakeFhirServer) -> list[Question]:
    """For each patient a Bundle, a call with everything, one without, and an order."""
    resources = bodies.mmn_resources(14)
    fetched = orjson.loads(bodies.as_hook_call(resources))
    fetched |= {"prefetch": {}, "fhirServer": ehr.base}
    kinds = [(EVALUATE, bodies.as_bundle(resources)), (VIEW, bodies.as_hook_call(resources))]
    kinds += [(SIGN, bodies.as_order_call(resources)), (VIEW, orjson.dumps(fetched))]
    # Fetching costs seven requests more: fewer of these.
    return [
        Question(number, path, about(number, body))
        for number in range(PATIENTS)
        for place, (path, body) in enumerate(kinds)
        if place < 3 or number % 10 == 0
    ]


def answered(app: Flask, question: Question) -> bytes:
    """The answer without its moment, once it names nobody but this patient; a card names no resource at all."""
    answer = app.test_client().post(question.path, data=question.body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    named = {*_MARK.findall(answer.get_data(as_text=True))}
    mine = {f"pt-{question.patient}-"}
    assert named == mine if question.path == EVALUATE else named <= mine, (question.path, named)
    return _MOMENT.sub(b"", answer.get_data())


def test_each_of_many_answers_at_once_is_about_its_own_patient(app: Flask, ehr: FakeFhirServer) -> None:
    asked = questions(ehr)
    alone = {question: answered(app, question) for question in asked}
    chance = random.Random(2)  # noqa: S311  # repeatable, no secret
    mixed = chance.choices(asked, k=REQUESTS)
    with ThreadPoolExecutor(THREADS) as threads:
        together = [*threads.map(lambda question: answered(app, question), mixed)]
    assert together == [alone[question] for question in mixed]
