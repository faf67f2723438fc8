"""The N-th write, fetch and delivery fail, for every N: nothing taken on is lost, nothing takes effect twice."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from service.errors import StoreUnavailable
from service.evaluate import Evaluator
from service.notifications.worker import next_thing
from service.store.tables import EVALUATIONS
from tests.fake_fhir import Exchange
from tests.fake_fhir.behaviours import reset, status
from tests.fake_fhir.server import serve
from tests.hospital import ENGINE, Hospital
from tests.shipped import shipped

# More than any run here needs; each N is another run.
_MOST = 60


class Countdown:
    """Fails the N-th time that it is asked, and never again."""

    def __init__(self, number: int) -> None:
        self.left = number

    def is_now(self) -> bool:
        self.left -= 1
        return self.left == 0


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@contextmanager
def hospital(place: Path, evaluator: Evaluator) -> Iterator[Hospital]:
    place.mkdir()
    (place / "hook").write_text("whsec_" + b64encode(b"s" * 24).decode())
    with Hospital(place, evaluator, results="webhook", webhook_secret_file=place / "hook") as made:
        made.ehr.behave(status(204), on="hook")
        yield made


def send_until_taken_on(at: Hospital) -> Any:
    """What an engine does: the same again until it is answered with 2xx."""
    for _ in range(10):
        answer = at.post(ENGINE)
        if answer.status_code == 202:
            return answer
        assert answer.status_code == 503
    raise AssertionError


def work_until_done(at: Hospital) -> None:
    """What a worker does, with the time passing in between."""
    for minutes in range(0, 60, 2):
        later = replace(at.worker, now=lambda: at.worker.now() + timedelta(minutes=minutes))  # noqa: B023  # used at once
        try:
            while thing := next_thing(later):
                thing()
        except StoreUnavailable:
            continue


def assert_kept_its_promise(at: Hospital, taken: Any) -> None:
    told = at.status(ENGINE, taken).get_json()
    assert told["status"] == "done", told
    assert told["results"][0]["evaluation"]["classification"]["reached"] == "definite"
    arrived = {
        each.headers["webhook-id"]: orjson.loads(each.body)["data"]["patient"] for each in at.ehr.asked_for("hook")
    }
    assert len(arrived) == 1, "told of once, however often it was sent"
    with at.worker.database.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(EVALUATIONS)).scalar() == 1


def test_whichever_write_fails_the_promise_is_kept(tmp_path: Path, evaluator: Evaluator) -> None:
    number = 0
    while number < _MOST:
        number += 1
        with hospital(tmp_path / str(number), evaluator) as at:
            countdown = Countdown(number)

            def fail(_c: Any, _cursor: Any, statement: str, *_: Any, countdown: Countdown = countdown) -> None:
                if statement.startswith(("INSERT", "UPDATE", "DELETE")) and countdown.is_now():
                    raise OperationalError("injected", None, Exception())

            engines = [at.worker.database.engine]
            for engine in engines:
                event.listen(engine, "before_cursor_execute", fail)
            taken = send_until_taken_on(at)
            work_until_done(at)
            for engine in engines:
                event.remove(engine, "before_cursor_execute", fail)
            assert_kept_its_promise(at, taken)
            if countdown.left > 0:
                break
    assert 10 < number < _MOST


@pytest.mark.parametrize("behaviour", [reset, status(500), status(401)], ids=["reset", "500", "401"])
def test_whichever_call_to_another_server_fails_the_promise_is_kept(
    tmp_path: Path, evaluator: Evaluator, behaviour: Any
) -> None:
    number = 0
    while number < _MOST:
        number += 1
        with hospital(tmp_path / str(number), evaluator) as at:
            countdown, token, hook = Countdown(number), at.grant, status(204)

            def answer(
                exchange: Exchange, countdown: Countdown = countdown, token: Any = token, hook: Any = hook
            ) -> None:
                if countdown.is_now():
                    behaviour(exchange)
                elif exchange.path.endswith("/token"):
                    token(exchange)
                else:
                    (hook if exchange.path.endswith("/hook") else serve)(exchange)

            for name in ("token", "hook"):
                at.ehr.behave(None, on=name)
            at.ehr.behave(answer)
            taken = send_until_taken_on(at)
            work_until_done(at)
            assert_kept_its_promise(at, taken)
            if countdown.left > 0:
                break
    assert 10 < number < _MOST
