"""A service that takes notifications, beside a FHIR server that holds the charts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.evaluate import Evaluator
from service.json_guard import exact_number
from service.notifications.embedded import work_off
from service.notifications.worker import Worker
from service.notified import notification_worker
from service.settings import Settings
from tests.fake_fhir import FakeFhirServer

Json = dict[str, Any]
OPERATION, ENDPOINT = "/fhir/$mmn-notify", "/fhir/notify"


def exactly(body: Any) -> bytes:
    """A body with its numbers as they stand in the file."""
    return orjson.dumps(body, default=exact_number)


@dataclass
class Desk:
    """``work()`` does what is due, as a worker would, in this thread."""

    client: FlaskClient
    worker: Worker
    ehr: FakeFhirServer

    def post(self, body: Any, path: str = OPERATION, **headers: str) -> TestResponse:
        return self.client.post(
            path, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    def work(self) -> None:
        work_off(self.worker)

    def status(self, taken: TestResponse) -> Json:
        answer = self.client.get(taken.headers["Content-Location"])
        content: Json = answer.get_json()
        assert answer.status_code == (202 if content["status"] == "waiting" else 200)
        return content

    def reached(self, taken: TestResponse) -> dict[str, str]:
        """The class of each patient of a message that is done."""
        content = self.status(taken)
        assert content["status"] == "done", content
        evaluations = [result["evaluation"] for result in content["results"]]
        return {each["patient"]: each["classification"]["reached"] for each in evaluations}


@contextmanager
def desk(evaluator: Evaluator, store: str, resources: list[Json], **settings: Any) -> Iterator[Desk]:
    """A service in the local profile, whose FHIR server holds these resources."""
    with FakeFhirServer(resources) as ehr:
        given = Settings(**{"profile": "local", "store": store, "fhir_servers": (ehr.base,), **settings})
        app = create_app(given, evaluator)
        worker = notification_worker(given, app.extensions["notifications"], evaluator, app.extensions["metrics"])
        yield Desk(app.test_client(), worker, ehr)
        worker.database.engine.dispose()
