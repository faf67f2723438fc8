"""What a caller sends stands in no log, metric, header, error or table: thousands of marked calls, logs at DEBUG.

What may show: in the body of a 200 the ids of patient, evidence and orders, and for a Bundle the codes that nothing is
known of; in the store the coding of an override reason, and comments in the one table for them; in the log the id of a
proven token.
"""

import hashlib
import logging
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, request

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from service.store.database import Database
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer
from service.web.request_log import JsonLine
from tests.bench import bodies
from tests.fake_fhir import Behaviour, FakeFhirServer
from tests.fake_fhir import behaviours as does
from tests.fake_fhir.certificate import write_certificate
from tests.fake_fhir.server import Exchange
from tests.marked_calls import EHR, KEY, MARKER, PUBLIC_URL, Marked, Marker
from tests.shipped import shipped
from tests.unit.trust.signed_tokens import jwk

CALLS = 3000
SCRAPER = "metrics-scraper-7Qm2sYv0"
LIBRARIES = ("service", "urllib3", "requests", "sqlalchemy", "alembic", "joserfc", "werkzeug", "gunicorn")
FURTHER = ("jsonschema", "flask_cors", "tenacity", "pybreaker", "durable", "prometheus_client", "pydantic")


class Listener(logging.Handler):
    """Everything that any record holds: message, arguments, extra fields, exception with its text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        raised = "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""
        fields = {name: value for name, value in record.__dict__.items() if name != "jti"}
        self.heard.append(f"{record.getMessage()} {fields!r} {raised} {JsonLine().format(record)}")

    def taken(self) -> str:
        """What was said since the last time."""
        text, self.heard = "\n".join(self.heard), []
        return text


@pytest.fixture
def log() -> Iterator[Listener]:
    """All loggers at their most talkative, also those that a module has turned down."""
    names = [*LIBRARIES, *FURTHER, *logging.root.manager.loggerDict]
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger, logger.level) for logger in [logging.root, *loggers]]
    listener = Listener()
    logging.root.addHandler(listener)
    for logger in [logging.root, *loggers]:
        logger.setLevel(logging.DEBUG)
    yield listener
    logging.root.removeHandler(listener)
    for logger, level in before:
        logger.setLevel(level)


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def ehr(certificate: Path) -> Iterator[FakeFhirServer]:
    with FakeFhirServer(bodies.mmn_resources(20), certificate=certificate) as server:
        yield server


def made(
    evaluator: Evaluator, ehr: FakeFhirServer, certificate: Path, store: Path, *, has_tables: bool = True
) -> Flask:
    """The service as in production, with one EHR, and a route that fails with what was sent in its message."""
    if has_tables:
        Database(f"sqlite:///{store}").migrate()
    credentials = [{"name": "s", "sha256": hashlib.sha256(SCRAPER.encode()).hexdigest(), "may": ["metrics"]}]
    settings = Settings(
        public_url=PUBLIC_URL,
        store=f"sqlite:///{store}",
        ca_bundle=certificate,
        check_responses=True,
        fetch_seconds=0.3,
        cors_origins=("https://app.example.org",),
        issuers=(Issuer(iss=EHR, jwks={"keys": [jwk(KEY, "k", alg="ES384")]}, fhir_servers=(ehr.base,)),),
        bearer_tokens=tuple(BearerCredential.model_validate(each) for each in credentials),
    )
    app = create_app(settings, evaluator)
    app.add_url_rule("/broken", view_func=broken, methods=["POST"])
    return app


def broken() -> str:
    raise ValueError(request.get_data(as_text=True), request.headers, request.args)


def send(app: Flask, call: Marked, log: Listener) -> int:
    """The status, once nothing of the call was found where it must not be."""
    answer = app.test_client().open(call.path, method=call.method, data=call.body, headers=call.headers)
    said, heads, body = log.taken(), str(answer.headers), answer.get_data(as_text=True)
    assert "request" in said
    for place, text in (("log", said), ("headers", heads), ("body", body)):
        shown = may_show(answer.status_code, call.path) if place == "body" else ()
        found = [each for each in MARKER.findall(text) if not each.startswith(shown)]
        assert not found, (place, found, call.path)
        assert not [secret for secret in call.secrets if secret in text], (place, call.path)
    return answer.status_code


def may_show(status: int, path: str) -> tuple[str, ...]:
    """Cards name the resources that they rest on, a list of exclusions unknown codes; an error shows nothing."""
    if status != 200:
        return ()
    return ("zqid", "zqcode") if path.startswith("/fhir/") else ("zqid",)


def metrics(app: Flask) -> str:
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {SCRAPER}"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def tables(store: Path) -> dict[str, str]:
    with closing(sqlite3.connect(store)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: repr(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names}  # noqa: S608


def test_nothing_that_is_sent_stands_in_a_log_a_metric_a_header_an_error_or_the_store(
    evaluator: Evaluator,
    ehr: FakeFhirServer,
    certificate: Path,
    log: Listener,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    store = tmp_path / "store.sqlite"
    app, marker = made(evaluator, ehr, certificate, store), Marker(4711, ehr.base)
    statuses: dict[int, int] = {}
    kinds = ["view", "order", "feedback", "bundle"]
    for number in range(CALLS):
        status = send(app, marker.call(kinds[number % 4]), log)
        statuses[status] = statuses.get(status, 0) + 1
    assert statuses.keys() >= {200, 400, 401, 404, 405, 415}, statuses
    assert statuses[200] > CALLS // 4
    assert statuses.keys().isdisjoint({500, 503}), statuses
    assert not MARKER.search(metrics(app))
    kept = tables(store)
    assert "zqtext" in kept.pop("feedback_comments")
    assert {each[:6] for each in MARKER.findall(repr(kept))} == {"zqcode"}
    assert "zqcode" not in repr({name: rows for name, rows in kept.items() if name != "feedback"})
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"zqid" not in on_disk
    assert b"zqtoken" not in on_disk
    assert not MARKER.search("".join(capfd.readouterr()))


def says_with(marker: Marker, status: int = 200) -> Behaviour:
    """An answer with markers in its head and in its body, which is no FHIR."""

    def behave(exchange: Exchange) -> None:
        heads = {"Content-Type": "application/fhir+json", "Location": f"http://{marker.mark()}", "Zq": marker.mark()}
        exchange.send(status, {"resourceType": marker.mark(), marker.mark(): marker.mark()}, heads)

    return behave


def test_nothing_shows_when_the_fhir_server_fails_or_talks(
    evaluator: Evaluator, ehr: FakeFhirServer, certificate: Path, log: Listener, tmp_path: Path
) -> None:
    marker = Marker(815, ehr.base)
    talks = [says_with(marker, status) for status in (200, 201, 302, 400, 401, 404, 500, 503)]
    breaks = [does.reset, does.closed, does.cut_body, does.no_http, does.html, does.deep, does.duplicate_keys]
    statuses = []
    for number, behaviour in enumerate([None, *talks, *breaks, does.hang, does.dribble_head, None] * 2):
        # A new app each time: a breaker that has opened would ask no more.
        app = made(evaluator, ehr, certificate, tmp_path / f"{number}.sqlite")
        ehr.behave(behaviour)
        statuses += [send(app, marker.call("fetched"), log) for _ in range(4)]
        assert not MARKER.search(metrics(app))
        # A store file holds random bytes, too, so it takes a whole marker.
        assert not any(MARKER.search(path.read_bytes().decode("latin-1")) for path in tmp_path.glob(f"{number}.*"))
    assert {200, 400, 412} <= {*statuses}
    assert len(ehr.asked) > len(statuses)
    assert any("zqtoken" in asked.headers["authorization"] for asked in ehr.asked)


def test_nothing_shows_when_the_store_or_the_service_itself_fails(
    evaluator: Evaluator, ehr: FakeFhirServer, certificate: Path, log: Listener, tmp_path: Path
) -> None:
    app, marker = made(evaluator, ehr, certificate, tmp_path / "store.sqlite", has_tables=False), Marker(42, ehr.base)
    statuses = {send(app, marker.call(), log) for _ in range(100)}
    assert 503 in statuses
    assert 200 not in statuses
    for _ in range(20):
        call = marker.call("view")
        assert send(app, replace(call, path="/broken?q=" + marker.mark(), method="POST"), log) == 500
    assert not MARKER.search(metrics(app))
