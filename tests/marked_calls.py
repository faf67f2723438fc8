"""Calls of every kind with a fresh marker in every place where a sender may write, and what became of the markers.

A marker says what it is: ``zqid7x3`` an id of FHIR, ``zqcode…`` a code, ``zqtext…`` any other text, ``zqtoken…`` a
secret. The number is that of the call, so that a leak names the call it came from.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from joserfc.jwk import ECKey

from service.web.as_of import now
from tests.bench import bodies
from tests.unit.trust.signed_tokens import header, signed

MARKER = re.compile(r"zq(?:id|code|text|token)\d+x\d+", re.IGNORECASE)
PUBLIC_URL, EHR = "https://cds.example.org", "https://ehr.example.org"
KEY = ECKey.generate_key("P-384")
SERVICES = ("mmn-patient-view", "mmn-order-select", "mmn-order-sign")
_IDS, _CODES = frozenset({"id", "patientId", "fullUrl", "reference", "userId"}), frozenset({"code", "system"})
# Without these nothing of a call is read at all; they get their markers in the spoilt calls.
_BEARING = frozenset({"hook", "hookInstance", "resourceType", "status", "type", "outcome", "outcomeTimestamp", "card"})
_BEARING_FOR_FHIR = frozenset({"fhirServer", "token_type", "effectiveDateTime", "birthDate", "gender", "intent"})
Json = Any


@dataclass
class Marked:
    """One call. ``secrets``: what else may stand nowhere, such as the parts of its token."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    secrets: tuple[str, ...] = ()


class Marker:
    """Makes the calls, always the same ones for a seed. ``fhir_server``: the registered one."""

    def __init__(self, seed: int, fhir_server: str) -> None:
        self._chance, self._fhir_server = random.Random(seed), fhir_server  # noqa: S311  # repeatable, no secret
        self._call, self._number = 0, 0

    def call(self, kind: str = "") -> Marked:
        """The next call, of this kind or of any."""
        self._call += 1
        makers = {"view": self._hook, "fetched": self._fetched, "order": self._order}
        makers |= {"feedback": self._feedback, "bundle": self._bundle}
        kind = kind or self._chance.choice([*makers])
        path, content = makers[kind]()
        return self._sent(path, content)

    def mark(self, kind: str = "text") -> str:
        """A marker that was never used before."""
        self._number += 1
        return f"zq{kind}{self._call}x{self._number}"

    def _sent(self, path: str, content: Json) -> Marked:
        spoil = self._chance.random()
        if spoil < 0.25:
            self._spoil(content)
        body = orjson.dumps(content)
        if 0.25 < spoil < 0.35:
            body = body[: self._chance.randrange(len(body))]
        if 0.35 < spoil < 0.4:
            body = body.replace(b'"zqtext', b'"\\ud800zqtext', 1)
        if 0.4 < spoil < 0.45:
            body = b'{"%b":1,"%b":2,' % ((self.mark().encode(),) * 2) + body[1:]
        token, secrets = self._token(path)
        return Marked(*self._addressed(path), body, self._headers(token), secrets)

    def _spoil(self, content: Json) -> None:
        """Put a marker where something else belongs: in place of any value at all, or of a name."""
        place, key = self._chance.choice([*_places(content)])
        kind = "id" if key in _IDS else "code" if key in _CODES else "text"
        if isinstance(place, dict) and self._chance.random() < 0.2:
            place[self.mark()] = place.pop(key)
        else:
            place[key] = self.mark(kind)

    def _addressed(self, path: str) -> tuple[str, str]:
        odd = self._chance.random()
        if odd < 0.05:
            return "POST", f"{path}/{self.mark()}"
        if odd < 0.1:
            return self.mark().upper(), path
        mark = self.mark()
        return "POST", self._chance.choice([path, f"{path}?{mark}={mark}", f"{path}?asOf={mark}"])

    def _headers(self, token: str) -> dict[str, str]:
        named = ("User-Agent", "Cookie", "Referer", "Origin", "X-Forwarded-Host", "X-Forwarded-For", "Accept", "X-Zq")
        headers = {name: self.mark() for name in named}
        media = self._chance.choices(["application/json", f"application/{self.mark()}"], [0.95, 0.05])[0]
        return {**headers, "Content-Type": media, "Authorization": f"Bearer {token}"}

    def _token(self, path: str) -> tuple[str, tuple[str, ...]]:
        """A token for this path, good or with something wrong in it, and what of it is a secret."""
        said = {"kid": "k"} if self._chance.random() < 0.9 else {"kid": self.mark(), "jku": f"https://{self.mark()}"}
        seconds = int(now().timestamp())
        good = {"iss": EHR, "aud": PUBLIC_URL + path, "iat": seconds, "exp": seconds + 300, "jti": str(uuid4())}
        wrong = self._chance.choice(["iss", "aud", "jti", "tenant"]) if self._chance.random() < 0.1 else "further"
        content = good | {"sub": self.mark("token"), wrong: self.mark("token")}
        token = signed(content, header(**said), KEY)
        return token, (token, *token.split(".")[1:])

    def _hook(self) -> tuple[str, Json]:
        call = orjson.loads(bodies.as_hook_call(bodies.mmn_resources(20)))
        self._embellish(call["prefetch"])
        access = {"access_token": self.mark("token"), "token_type": "Bearer", "scope": self.mark(), "subject": "s"}
        call |= {"fhirServer": self._fhir_server, "fhirAuthorization": {**access, "expires_in": 300}}
        return "/cds-services/mmn-patient-view", self._marked(call)

    def _fetched(self) -> tuple[str, Json]:
        path, call = self._hook()
        for key in self._chance.sample([*call["prefetch"]], 3):
            del call["prefetch"][key]
        return path, call

    def _order(self) -> tuple[str, Json]:
        call = orjson.loads(bodies.as_order_call(bodies.mmn_resources(20)))
        draft = call["context"]["draftOrders"]["entry"][0]["resource"]
        call["hook"] = self._chance.choice(["order-select", "order-sign"])
        if self._chance.random() < 0.5:
            draft["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = 40
        draft["note"] = [{"text": "note"}]
        marked = self._marked(call)
        marked["context"]["selections"] = ["MedicationRequest/" + self.mark("id")]
        return f"/cds-services/mmn-{call['hook']}", marked

    def _bundle(self) -> tuple[str, Json]:
        bundle = orjson.loads(bodies.as_bundle(bodies.mmn_resources(20)))
        self._embellish(bundle)
        return "/fhir/$mmn-evaluate", self._marked(bundle)

    def _feedback(self) -> tuple[str, Json]:
        override = {"reason": {"system": "urn:s", "code": "c"}, "userComment": "seen"}
        entry = {"outcome": "overridden", "outcomeTimestamp": now().isoformat(), "overrideReason": override}
        entries = [{"card": str(uuid4()), **entry} for _ in range(2)]
        return f"/cds-services/{self._chance.choice(SERVICES)}/feedback", self._marked({"feedback": entries})

    def _embellish(self, content: Json) -> None:
        """What a record may also hold: notes, extensions, unknown codes and units, somebody else's resources."""
        for resource in [*_resources(content)]:
            resource["text"] = {"div": "div"}
            resource["extension"] = [{"url": "url", "valueString": "text"}]
            kind = self._chance.random()
            if resource["resourceType"] == "Observation" and kind < 0.5:
                resource["note"] = [{"text": "note"}]
            if resource["resourceType"] == "Observation" and kind < 0.1:
                resource["code"] = {"coding": [{"system": "s", "code": "unknown", "display": "d"}], "text": "text"}
            if resource["resourceType"] == "Observation" and 0.1 < kind < 0.15:
                resource["subject"] = {"reference": f"Patient/{self.mark('id')}", "display": "name"}
            if resource["resourceType"] == "Observation" and 0.15 < kind < 0.2:
                resource["status"] = self.mark()

    def _marked(self, value: Json, name: str = "") -> Json:
        """The same with a marker for every text that nothing rests on; one patient stays one patient."""
        patient = self.mark("id")
        content = orjson.loads(orjson.dumps(value).replace(bodies.PATIENT.encode(), patient.encode()))
        return self._walked(content, name, patient)

    def _walked(self, value: Json, name: str, patient: str) -> Json:
        if isinstance(value, dict):
            return {key: self._walked(item, key, patient) for key, item in value.items()}
        if isinstance(value, list):
            return [self._walked(item, name, patient) for item in value]
        if not isinstance(value, str) or name in _BEARING | _BEARING_FOR_FHIR or "zq" in value:
            return value
        if name in _IDS:
            base = value.rpartition("/")[0]
            return f"{base}/{self.mark('id')}" if base else self.mark("id")
        known = name in _CODES and value not in ("unknown", "c", "s", "urn:s")
        return value if known else self.mark("code" if name in _CODES else "text")


def _resources(value: Json) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("resourceType", "Bundle") != "Bundle":
            yield value
        for child in value.values():
            yield from _resources(child)
    for child in value if isinstance(value, list) else ():
        yield from _resources(child)


def _places(value: Json) -> Iterator[tuple[Json, Json]]:
    for key in [*value] if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])
