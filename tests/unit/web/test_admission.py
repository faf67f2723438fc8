"""How many evaluations are taken on, and what the others are told."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.domain.budget import between_steps
from service.errors import Busy
from service.evaluate import Evaluator
from service.settings import Settings
from service.store.database import Database
from service.web import admission as module
from service.web.admission import PLACES, Admission
from tests.bench import bodies

JSON = {"Content-Type": "application/json"}
BUNDLE = bodies.as_bundle(bodies.mmn_resources(12))
HOOK_CALL = bodies.as_hook_call(bodies.mmn_resources(12))
EVALUATE, CALL = "/fhir/$mmn-evaluate", "/cds-services/mmn-patient-view"


class Waiting(Evaluator):
    """An evaluator that holds on until it is told to go on."""

    begun: threading.Semaphore
    go_on: threading.Event

    def evaluate_bundle(self, *_: object) -> dict[str, object]:
        """Wait."""
        self.begun.release()
        assert self.go_on.wait(30)
        return {"results": []}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator.load(None)


@pytest.fixture
def waiting(evaluator: Evaluator) -> Iterator[Waiting]:
    made = Waiting.__new__(Waiting)
    made.__dict__ |= evaluator.__dict__
    made.begun, made.go_on = threading.Semaphore(0), threading.Event()
    yield made
    made.go_on.set()


def test_beyond_the_bound_evaluations_are_told_to_come_back_and_the_rest_goes_on(
    waiting: Waiting, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/store.sqlite"
    Database(store).migrate()
    app = create_app(Settings(profile="local", store=store), waiting)
    admission: Admission = app.extensions["admission"]
    answers: list[Any] = []

    def ask() -> None:
        answers.append(app.test_client().post(EVALUATE, data=BUNDLE, headers=JSON).status_code)

    threads = [threading.Thread(target=ask) for _ in range(PLACES)]
    for thread in threads:
        thread.start()
    assert waiting.begun.acquire(timeout=30)
    while not admission.is_full_for("127.0.0.1") or admission._arriving:  # noqa: SLF001  # until each of them waits for its turn
        threads[0].join(0.001)
    for path, body in ((EVALUATE, BUNDLE), (CALL, HOOK_CALL)):
        refused = app.test_client().post(path, data=body, headers=JSON)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert refused.get_json()["issue"][0]["code"] == "throttled"
    for path in ("/healthz", "/readyz", "/cds-services"):
        assert app.test_client().get(path).status_code == 200
    waiting.go_on.set()
    for thread in threads:
        thread.join(30)
    assert answers == [200] * PLACES
    assert app.test_client().post(EVALUATE, data=BUNDLE, headers=JSON).status_code == 200


def test_a_failed_evaluation_gives_its_place_and_its_turn_back(evaluator: Evaluator) -> None:
    client = create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator).test_client()
    for _ in range(PLACES + 1):
        assert client.post(EVALUATE, data=b'{"resourceType":"Bundle"}', headers=JSON).status_code == 400
        assert client.post(EVALUATE, data=b"{", headers=JSON).status_code == 400
    assert client.post(EVALUATE, data=BUNDLE, headers=JSON).status_code == 200


def test_a_body_that_is_arriving_keeps_a_place_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    admission = Admission(places=1)
    with admission.arriving():
        with pytest.raises(Busy), admission.arriving():
            pass
        monkeypatch.setattr(module, "_ARRIVING_SECONDS", 0)
        with admission.arriving():
            assert not admission.is_full_for("")


def test_one_caller_never_holds_the_places_of_all() -> None:
    admission = Admission(places=2, spare=1)
    with ExitStack() as held:
        held.enter_context(admission.place("one"))
        held.enter_context(admission.place("one"))
        assert admission.is_full_for("one")
        with pytest.raises(Busy), admission.place("one"):
            pass
        assert not admission.is_full_for("another")
        held.enter_context(admission.place("another"))
        assert admission.is_full_for("another")


def test_what_takes_more_than_the_budget_of_a_request_is_given_up_and_said(evaluator: Evaluator) -> None:
    app = create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator, admission=Admission(seconds=0))
    for path, body in ((EVALUATE, BUNDLE), (CALL, HOOK_CALL)):
        answer = app.test_client().post(path, data=body, headers=JSON)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.get_json()["issue"][0]["code"] == "too-costly"
        assert "send fewer resources" in answer.get_data(as_text=True)


def test_with_no_place_left_nothing_is_let_in() -> None:
    admission = Admission(places=2)
    with ExitStack() as held:
        held.enter_context(admission.place())
        held.enter_context(admission.place())
        assert admission.is_full_for("")
        with pytest.raises(Busy), admission.place():
            pass
        with pytest.raises(Busy), admission.arriving():
            pass
    assert not admission.is_full_for("")


def test_a_caller_that_hung_up_before_its_turn_has_none_and_the_next_goes_on() -> None:
    gone = True
    admission = Admission(has_hung_up=lambda: gone)
    with pytest.raises(Busy), admission.turn("left"):
        raise AssertionError
    gone = False
    with admission.turn("next"):
        gone = True


def test_a_caller_that_hangs_up_while_it_computes_stops_where_it_would_let_others_compute() -> None:
    gone = False
    admission = Admission(has_hung_up=lambda: gone)

    def compute() -> None:
        nonlocal gone
        with admission.turn("leaves"):
            gone = True
            for _ in range(10**8):
                between_steps()

    with pytest.raises(Busy):
        compute()
    gone = False
    with admission.turn("next"):
        gone = True
