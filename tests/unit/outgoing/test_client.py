"""One GET against servers that stall, lie and attack: it ends in time, with our own words or with the right value."""

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from service.outgoing import connections
from service.outgoing.calling import OutgoingFailed
from service.outgoing.client import BearerToken, Client
from service.outgoing.deadline import Allowance, Deadline
from tests.fake_fhir import Behaviour, Canary, FakeFhirServer
from tests.fake_fhir import behaviours as does

TOKEN = "canary-token-4711"  # noqa: S105  # made up
SOON, SLACK = 0.4, 0.8


@pytest.fixture
def ehr() -> Iterator[FakeFhirServer]:
    with FakeFhirServer([{"resourceType": "Patient", "id": "p1", "gender": "other"}]) as server:
        yield server


def get(ehr: FakeFhirServer, seconds: float = SOON, max_bytes: int = 1_000_000, path: str = "/Patient/p1") -> object:
    return Client().get_json(
        ehr.base + path,
        Deadline(seconds),
        max_bytes=max_bytes,
        accept="application/fhir+json",
        token=BearerToken(TOKEN),
    )


def failure(ehr: FakeFhirServer, behaviour: Behaviour) -> OutgoingFailed:
    """What it failed with, in time and without a thread or a word of the server left behind."""
    ehr.behave(behaviour)
    started, threads = time.monotonic(), threading.active_count()
    with pytest.raises(OutgoingFailed) as failed:
        get(ehr)
    assert time.monotonic() - started < SOON + SLACK
    assert threading.active_count() <= threads + 2  # the server's own
    assert TOKEN not in repr(failed.value) + str(failed.value.__cause__)
    return failed.value


def test_a_good_answer_is_read_and_the_question_says_who_asks_and_for_what(ehr: FakeFhirServer) -> None:
    assert get(ehr) == {"resourceType": "Patient", "id": "p1", "gender": "other"}
    (asked,) = ehr.asked
    assert asked.headers["accept"] == "application/fhir+json"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["user-agent"] == "mmn-cds"


@pytest.mark.parametrize(
    "behaviour",
    [
        does.hang,
        does.dribble_head,
        does.dribble_body,
        does.dribble_whole,
        does.continues,
    ],
)
def test_who_stalls_is_cut_off_at_the_deadline(ehr: FakeFhirServer, behaviour: Behaviour) -> None:
    problem = failure(ehr, behaviour)
    assert (str(problem), problem.is_down) == ("no answer in time", True)


@pytest.mark.parametrize("behaviour", [does.reset, does.closed, does.cut_body, does.cut_chunk, does.no_http])
def test_a_connection_that_breaks_may_be_tried_again(ehr: FakeFhirServer, behaviour: Behaviour) -> None:
    problem = failure(ehr, behaviour)
    assert (str(problem), problem.may_pass, problem.is_down) == ("the connection failed", True, True)


OF_NO_USE = {
    "over 1000000 bytes": does.huge,
    "not HTTP": does.two_lengths,
    "status 401": does.status(401),
    "status 404": does.status(404),
    "status 410": does.status(410),
}
# What any question would get, so that asking on is no use either.
OF_A_BAD_SERVER = {
    "compressed": does.gzip_bomb,
    "not JSON": does.html,
    "an answer that is not JSON": does.json_called_html,
    "cannot be read": does.html_called_json,
    "nested deeper": does.deep,
    "twice": does.duplicate_keys,
    "not valid JSON": does.not_a_number,
    "too early": does.nothing,
    "status 302": does.redirects("/fhir/Patient/p2"),
    "status 429": does.status(429),
}


@pytest.mark.parametrize("reason", OF_NO_USE | OF_A_BAD_SERVER)
def test_an_answer_that_is_of_no_use_is_not_asked_for_again(ehr: FakeFhirServer, reason: str) -> None:
    problem = failure(ehr, (OF_NO_USE | OF_A_BAD_SERVER)[reason])
    assert reason in str(problem)
    assert not problem.may_pass
    assert problem.is_down == (reason in OF_A_BAD_SERVER)


@pytest.mark.parametrize(("code", "may_pass"), [(500, False), (502, True), (503, True), (504, True)])
def test_a_status_of_the_fives_means_that_the_server_is_down(ehr: FakeFhirServer, code: int, may_pass: bool) -> None:
    problem = failure(ehr, does.status(code, {"Retry-After": "2"}))
    assert (problem.may_pass, problem.is_down, problem.retry_after) == (may_pass, True, 2.0)


@pytest.mark.parametrize("text", ["-1", "soon", "1e9", "99999999", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_a_retry_after_that_is_no_small_number_is_not_heeded(ehr: FakeFhirServer, text: str) -> None:
    assert failure(ehr, does.status(503, {"Retry-After": text})).retry_after is None


def test_a_redirect_is_not_followed_and_gets_no_token(ehr: FakeFhirServer) -> None:
    with Canary() as canary:
        failure(ehr, does.redirects(f"http://127.0.0.1:{canary.port}/fhir/Patient/p1"))
        assert not canary.was_contacted


def test_nobody_listening_is_a_server_that_is_down() -> None:
    with Canary() as canary:
        port = canary.port
    with pytest.raises(OutgoingFailed, match="connection failed") as failed:
        Client().get_json(f"http://127.0.0.1:{port}/", Deadline(SOON), max_bytes=9, accept="application/json")
    assert failed.value.is_down


def test_without_time_nobody_is_asked(ehr: FakeFhirServer) -> None:
    with pytest.raises(OutgoingFailed, match="no time was left"):
        get(ehr, seconds=0)
    assert ehr.asked == []


def test_neither_a_proxy_nor_a_password_file_of_the_environment_is_used(
    ehr: FakeFhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Canary() as canary:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{canary.port}")
        monkeypatch.setenv("no_proxy", "")
        get(ehr)
        assert not canary.was_contacted


def test_calls_side_by_side_share_what_they_may_bring(ehr: FakeFhirServer) -> None:
    together = Allowance(100)

    def ask() -> object:
        url = ehr.base + "/Patient/p1"
        return Client().get_json(url, Deadline(1), max_bytes=100, accept="application/json", allowance=together)

    assert ask() == {"resourceType": "Patient", "id": "p1", "gender": "other"}
    with pytest.raises(OutgoingFailed, match="more bytes"):
        ask()


@pytest.mark.parametrize("token", [f"{TOKEN}\r\nX-Other: 1", f"{TOKEN}\n", f"{TOKEN}é☃"])
def test_a_token_that_is_no_header_is_not_sent_and_not_shown(ehr: FakeFhirServer, token: str) -> None:
    with pytest.raises(OutgoingFailed) as failed:
        Client().get_json(ehr.base, Deadline(SOON), max_bytes=9, accept="application/json", token=BearerToken(token))
    assert TOKEN not in str(failed.value)
    assert ehr.asked == []


def test_a_token_never_shows_itself() -> None:
    token = BearerToken(TOKEN)
    assert TOKEN not in f"{token} {token!r} {[token]}"
    assert token.header() == f"Bearer {TOKEN}"


def test_addresses_are_not_logged_even_when_everything_is(
    ehr: FakeFhirServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        get(ehr)
        failure(ehr, does.no_http)
    assert "p1" not in caplog.text
    assert TOKEN not in caplog.text


def test_a_connection_that_opens_after_the_deadline_is_not_used(
    ehr: FakeFhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that takes long to resolve delays the connection beyond the moment at which all of them are cut."""
    is_over = threading.Event()
    resolve, end = socket.getaddrinfo, connections._Opened.end  # noqa: SLF001  # the moment waited for

    def resolve_late(*arguments: object, **named: object) -> object:
        is_over.wait(5)
        return resolve(*arguments, **named)  # type: ignore[arg-type]  # as it came

    def end_and_tell(opened: connections._Opened) -> None:
        end(opened)
        is_over.set()

    monkeypatch.setattr(socket, "getaddrinfo", resolve_late)
    monkeypatch.setattr(connections._Opened, "end", end_and_tell)  # noqa: SLF001
    with pytest.raises(OutgoingFailed, match="no answer in time"):
        get(ehr, seconds=0.1)
    assert ehr.asked == []
