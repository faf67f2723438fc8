"""What an EHR does: reads discovery, fills in the prefetch from its own record, calls, and tells what became of it."""

import http.client
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import orjson

from service.web.answers import exact_number
from tests.ehr.running import RunningService
from tests.ehr.signing import Signer
from tests.fake_fhir import FakeFhirServer
from tests.hook_calls import drafts_for

JSON = {"Content-Type": "application/json"}
DISCOVERY = "/cds-services"
_TOKEN = "{{context.patientId}}"  # noqa: S105  # the standard's word for a placeholder
Json = Mapping[str, Any]


def path_of(hook: str) -> str:
    """Where the service of a hook is called."""
    return f"{DISCOVERY}/mmn-{hook}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """The body, read."""
        return orjson.loads(self.body)

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards of a call that went well."""
        assert self.status == http.HTTPStatus.OK, self.body
        cards: list[dict[str, Any]] = self.json["cards"]
        return cards


def exchange(port: int, method: str, path: str, body: bytes = b"", headers: Json | None = None) -> Answer:
    """One request with exactly these headers, and its answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body or None, dict(headers or {}))
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())


@dataclass(frozen=True, eq=False)
class Ehr:
    """One EHR: who signs its calls, and the FHIR server with its record of one patient.

    ``access_token`` is what it grants the service for that server.
    """

    service: RunningService
    signer: Signer
    record: FakeFhirServer
    access_token: str

    def token(self, path: str, **claims: Any) -> str:
        """A token for one endpoint, as the service is known to its callers."""
        return self.signer.token(self.service.public_url + path, **claims)

    def raw(self, method: str, path: str, body: bytes = b"", headers: Json | None = None) -> Answer:
        """A request without a token."""
        return exchange(self.service.port, method, path, body, headers)

    def signed(self, method: str, path: str, body: bytes = b"", headers: Json | None = None) -> Answer:
        """A request with a token for its path."""
        proof = {"Authorization": f"Bearer {self.token(path.partition('?')[0])}"}
        return self.raw(method, path, body, {**proof, **(JSON if headers is None else headers)})

    def post(self, path: str, content: object) -> Answer:
        """A signed call with this JSON."""
        return self.signed("POST", path, orjson.dumps(content, default=exact_number))

    def discover(self) -> dict[str, dict[str, Any]]:
        """The advertised services by hook."""
        answer = self.signed("GET", DISCOVERY)
        assert answer.status == http.HTTPStatus.OK
        return {service["hook"]: service for service in answer.json["services"]}

    def call(self, called: Json) -> Answer:
        """Call the service of the call's hook."""
        return self.post(path_of(called["hook"]), called)

    def feedback(self, hook: str, *entries: object) -> Answer:
        """Tell what became of cards."""
        return self.post(f"{path_of(hook)}/feedback", {"feedback": list(entries)})

    # --- Bodies ---

    @property
    def patient(self) -> str:
        """The id of the patient of the record."""
        patients = [str(one["id"]) for one in self.record.resources if one["resourceType"] == "Patient"]
        return patients[0]

    def hook_call(self, hook: str = "patient-view", **changes: object) -> dict[str, Any]:
        """A call with everything that was asked for in its prefetch; None leaves a member out."""
        context: dict[str, Any] = {"userId": "Practitioner/u1", "patientId": self.patient}
        if hook != "patient-view":
            drafts = list(drafts_for(self.patient))
            context["draftOrders"] = {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": draft} for draft in drafts],
            }
            context["selections"] = [f"MedicationRequest/{draft['id']}" for draft in drafts]
        usual = {"hook": hook, "hookInstance": str(uuid4()), "context": context}
        made = {**usual, "prefetch": self.prefetched(hook), **changes}
        return {name: value for name, value in made.items() if value is not None}

    def with_access(self, hook: str = "patient-view", **changes: object) -> dict[str, Any]:
        """A call without prefetch that lets the service ask for itself."""
        return self.hook_call(hook, **{"prefetch": None, **self.access(), **changes})

    def access(self, **changes: object) -> dict[str, Any]:
        """``fhirServer`` and ``fhirAuthorization``."""
        granted = {"access_token": self.access_token, "token_type": "Bearer", "expires_in": 300}
        scopes = {"scope": "patient/*.read", "subject": "mmn-cds", "patient": self.patient}
        members = {**granted, **scopes, **changes}
        kept = {name: value for name, value in members.items() if value is not None}
        return {"fhirServer": self.record.base, "fhirAuthorization": kept}

    def prefetched(self, hook: str = "patient-view") -> dict[str, Any]:
        """What the templates of discovery find in the record."""
        return {key: self._found(template) for key, template in templates_of(self, hook).items()}

    def _found(self, template: str) -> object:
        path = template.replace(_TOKEN, self.patient)
        if "?" in path:
            return self.record.searchset(f"/fhir/{path}")
        return next(one for one in self.record.resources if f"{one['resourceType']}/{one['id']}" == path)


@cache
def _advertised(ehr: Ehr) -> dict[str, dict[str, Any]]:
    # As many EHRs do: discovery is read once.
    return ehr.discover()


def templates_of(ehr: Ehr, hook: str) -> dict[str, str]:
    """Prefetch key to template, as discovery says."""
    templates: dict[str, str] = _advertised(ehr)[hook]["prefetch"]
    return templates
