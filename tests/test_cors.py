"""Pages of other origins: which of them may call, and what a browser is told."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.evaluate import Evaluator
from service.result import HookAnswer
from service.settings import Settings
from tests.bench import bodies
from tests.shipped import shipped

ORIGIN, SECOND = "https://sandbox.cds-hooks.org", "http://localhost:8080"
CALL = "/cds-services/mmn-patient-view"
PATHS = ["/cds-services", CALL, f"{CALL}/feedback", "/cds-services/unknown", "/cds-services/unknown/feedback"]
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def client(evaluator: Evaluator) -> FlaskClient:
    settings = Settings(
        profile="local", store="sqlite:///:memory:", cors_origins=(ORIGIN, SECOND), max_body_bytes=200_000
    )
    return create_app(settings, evaluator).test_client()


def preflight(client: FlaskClient, path: str, origin: str = ORIGIN) -> TestResponse:
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, x-other",
        },
    )


@pytest.mark.conforms("COR-2")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [ORIGIN, SECOND])
def test_a_preflight_of_a_named_origin_is_answered_without_a_token(client: FlaskClient, path: str, origin: str) -> None:
    answer = preflight(client, path, origin)
    assert answer.status_code == 204
    assert answer.headers[ALLOWED] == origin
    assert answer.headers["Access-Control-Allow-Methods"].split(", ") == ["GET", "OPTIONS", "POST"]
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.conforms("COR-1")
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example.org",
        f"{ORIGIN}.evil.example.org",
        f"{ORIGIN}/",
        f"{ORIGIN}:443",
        ORIGIN.upper(),
        "http://sandbox.cds-hooks.org",
        "https://sandboxxcds-hooks.org",
        f"{ORIGIN}\n",
    ],
)
def test_no_other_origin_is_told_that_it_may(client: FlaskClient, origin: str) -> None:
    if "\n" not in origin:
        assert ALLOWED not in preflight(client, CALL, origin).headers
    answer = client.get("/cds-services", environ_overrides={"HTTP_ORIGIN": origin})
    assert answer.status_code == 200
    assert ALLOWED not in answer.headers


@pytest.mark.conforms("COR-3")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/cds-services", b"", 200),
        ("POST", CALL, bodies.as_hook_call(bodies.mmn_resources(12)), 200),
        ("POST", CALL, b"{", 400),
        ("POST", "/cds-services/unknown", b"{}", 404),
        ("DELETE", "/cds-services", b"", 405),
        ("POST", CALL, bodies.as_hook_call(bodies.mmn_resources(12)).replace(b'"conditions"', b'"x"'), 412),
        ("POST", CALL, b" " * 200_001, 413),
    ],
)
def test_the_page_can_read_every_answer_errors_too(
    client: FlaskClient, method: str, path: str, body: bytes, status: int
) -> None:
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    answer = client.open(path, method=method, data=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers[ALLOWED] == ORIGIN
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert exposed == {"X-Request-Id", "Retry-After", "WWW-Authenticate"}


@pytest.mark.conforms("COR-3")
def test_a_fault_can_be_read_by_the_page_too(evaluator: Evaluator) -> None:
    class Faulty(Evaluator):
        """An evaluator that fails."""

        def evaluate_prefetch(self, *_: object) -> HookAnswer:
            """Fail."""
            raise KeyError

    faulty = Faulty.__new__(Faulty)
    faulty.__dict__ |= evaluator.__dict__
    client = create_app(
        Settings(profile="local", store="sqlite:///:memory:", cors_origins=(ORIGIN,)), faulty
    ).test_client()
    body = bodies.as_hook_call(bodies.mmn_resources(12))
    answer = client.post(CALL, data=body, headers={"Origin": ORIGIN, "Content-Type": "application/json"})
    assert (answer.status_code, answer.headers[ALLOWED]) == (500, ORIGIN)


def test_only_the_cds_services_are_open_to_pages(client: FlaskClient) -> None:
    assert ALLOWED not in client.get("/readyz", headers={"Origin": ORIGIN}).headers
    assert preflight(client, "/fhir/$mmn-evaluate").status_code == 405
    assert preflight(client, "/cds-servicesx").status_code == 404


def test_without_an_origin_the_answer_still_says_that_it_depends_on_it(client: FlaskClient) -> None:
    answer = client.get("/cds-services")
    assert ALLOWED not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_options_that_is_no_preflight_is_a_method_like_others(client: FlaskClient) -> None:
    assert client.options("/cds-services").status_code == 405


@pytest.mark.conforms("COR-1")
@pytest.mark.parametrize("path", PATHS[:2])
def test_with_no_origin_named_nothing_is_answered(evaluator: Evaluator, path: str) -> None:
    client = create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator).test_client()
    answer = preflight(client, path)
    assert answer.status_code == 405
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control") or name == "Vary"]
