"""A patient's chart, and what leads to one, from the FHIR server that is registered for a caller."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote, urlencode, urlsplit

from service.errors import MmnCdsError
from service.fhir.gathering.access import Access
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Gathered, Templates, gather
from service.outgoing.calling import Answer, OutgoingFailed
from service.outgoing.client import BearerToken
from service.outgoing.deadline import Deadline
from service.outgoing.rests import Key, Rests
from service.outgoing.sender import Sender
from service.trust.assertions import ASSERTION_TYPE, SigningKey
from service.trust.bearer import BearerCredential

_CALL_SECONDS = 15.0
# A token that ends in the middle of a chart is of no use.
_SPARE = timedelta(seconds=30)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
FHIR_JSON = "application/fhir+json"


class NotThere(MmnCdsError):
    """The FHIR server has no such resource, or not any more: asking again is no use."""


@dataclass(frozen=True, slots=True)
class _Granted:
    token: BearerToken
    until: datetime


class Tokens:
    """Access tokens of FHIR servers, each kept until shortly before its end; one for the process."""

    def __init__(self, sender: Sender, callers: Mapping[str, BearerCredential], now: Callable[[], datetime]) -> None:
        self._sender, self._callers, self._now = sender, callers, now
        self._keys = {name: SigningKey.read(each.key_file) for name, each in callers.items() if each.key_file}
        self._granted: dict[str, _Granted] = {}
        self._asking = threading.Lock()

    def token(self, caller: str) -> BearerToken | None:
        """The token for the server of a caller; None where that server wants none; OutgoingFailed without one."""
        if caller not in self._keys:
            return None
        with self._asking:
            granted = self._granted.get(caller)
            if granted is None or granted.until <= self._now():
                granted = self._granted[caller] = self._ask(caller)
        return granted.token

    def forget(self, caller: str) -> None:
        """Ask for a new one next time: the server takes this one no more."""
        with self._asking:
            self._granted.pop(caller, None)

    def _ask(self, caller: str) -> _Granted:
        credential = self._callers[caller]
        url, client = str(credential.token_url), str(credential.client_id)
        form = {
            "grant_type": "client_credentials",
            "scope": credential.scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._keys[caller].assertion(client, url, self._now()),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = self._sender.send("POST", url, Deadline(_CALL_SECONDS), headers, urlencode(form).encode())
        said = answer.content if isinstance(answer.content, dict) else {}
        token, seconds = said.get("access_token"), said.get("expires_in")
        if not answer.is_good or not isinstance(token, str):
            problem = f"the token server: status {answer.status}, and no token"
            raise OutgoingFailed(problem, may_pass=True, retry_after=answer.retry_after)
        life = timedelta(seconds=float(seconds) if isinstance(seconds, int) else 60.0)
        return _Granted(BearerToken(token), self._now() + max(life - _SPARE, timedelta()))


@dataclass(frozen=True, slots=True)
class Charts:
    """What is read of FHIR servers on behalf of callers; ``templates``: the queries that make a chart."""

    fetcher: FhirFetcher
    sender: Sender
    tokens: Tokens
    templates: Templates
    max_entries: int
    rests: Rests = field(default_factory=Rests)

    def chart(self, caller: str, server: str, patient_id: str) -> Gathered:
        """All that can be had. NotThere without the Patient; OutgoingFailed or MissingData where it may come later."""
        patient = self.read(caller, server, f"Patient/{patient_id}")
        token = self.tokens.token(caller)
        access = Access(patient_id, server, (server,), token, caller=f"notify {caller}")
        try:
            return gather({"patient": patient}, self.templates, access, self.fetcher, self.max_entries)
        finally:
            # Whoever answers a search with 429 takes no other question either.
            self.rests.heed(_key(caller, server), HTTPStatus.TOO_MANY_REQUESTS, self.fetcher.rest_left(access))

    def read(self, caller: str, server: str, path: str) -> dict[str, object]:
        """The resource, or the answer to a search, at ``[server]/[path]``."""
        answer = self._asked(caller, f"{server}/{path}")
        if answer.status in _GONE:
            raise NotThere(f"the FHIR server has no such {path.partition('/')[0].partition('?')[0]}")
        if not answer.is_good or not isinstance(answer.content, dict):
            raise failed("the FHIR server", answer, may_pass=True)
        return answer.content

    def patients_of(self, caller: str, server: str, identifier: str) -> list[str]:
        """The ids of the patients that have a business identifier, ``system|value`` or a value alone."""
        asked = identifier.removeprefix("|")
        found = self.read(caller, server, f"Patient?identifier={quote(asked, safe='')}")
        entries = found.get("entry")
        held = [each.get("resource") for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
        patients = [each for each in held if isinstance(each, dict) and each.get("resourceType") == "Patient"]
        return [str(each["id"]) for each in patients if isinstance(each.get("id"), str)]

    def events(self, caller: str, server: str, subscription: str, first: str, last: str) -> dict[str, object]:
        """What a Subscription told of between two numbers; NotThere where the server does not keep it."""
        query = urlencode({"eventsSinceNumber": first, "eventsUntilNumber": last})
        answer = self._asked(caller, f"{server}/{subscription}/$events?{query}")
        if answer.may_pass:
            raise failed("the FHIR server", answer, may_pass=True)
        if not answer.is_good or not isinstance(answer.content, dict):
            raise NotThere("the FHIR server does not keep the events of this Subscription")
        return answer.content

    def put(self, caller: str, url: str, resource: bytes) -> Answer:
        """Hand a resource over, by its identifier (a conditional update)."""
        return self._asked(caller, url, "PUT", resource)

    def send(self, caller: str, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Call a server on behalf of a caller; OutgoingFailed while it wants to be left alone."""
        key = _key(caller, url)
        self.rests.check(key)
        answer = self.sender.send(method, url, Deadline(_CALL_SECONDS), headers, body)
        self.rests.heed(key, answer.status, answer.retry_after)
        return answer

    def _asked(self, caller: str, url: str, method: str = "GET", body: bytes | None = None) -> Answer:
        token = self.tokens.token(caller)
        headers = {"Accept": FHIR_JSON, **({"Authorization": token.header()} if token else {})}
        typed = {"Content-Type": FHIR_JSON} if body is not None else {}
        answer = self.send(caller, method, url, {**headers, **typed}, body)
        if answer.status == HTTPStatus.UNAUTHORIZED and token:
            self.tokens.forget(caller)
        return answer


def failed(who: str, answer: Answer, *, may_pass: bool) -> OutgoingFailed:
    """What an answer that is no good comes to, with the seconds after which its server wants to be asked again."""
    return OutgoingFailed(f"{who}: status {answer.status}", may_pass=may_pass, retry_after=answer.retry_after)


def _key(caller: str, url: str) -> Key:
    return caller, urlsplit(url).netloc
