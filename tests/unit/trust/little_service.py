"""A service of three routes behind a real gate, whose clock and whose memory of token ids a test can see."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

import responses
from flask import Blueprint, Flask, Response

from service.errors import MmnCdsError
from service.outgoing.client import Client
from service.trust.bearer import BearerCredential
from service.trust.gate import Gate
from service.trust.issuers import Issuer
from service.trust.shared_keys import SharedKeySets
from service.web import problems, request_log
from service.web.answers import json_answer
from service.web.authentication import CallerOf, current_caller, protect
from tests.unit.trust.signed_tokens import (
    ALGORITHMS,
    CALL,
    EHR,
    JWKS_URL,
    KEY_SET,
    NOW,
    OTHER_EHR,
    OTHER_JWKS_URL,
    OTHER_KEY_SET,
    PUBLIC_URL,
)

FHIR = "https://fhir.example.org/r4"
ISSUERS = (
    Issuer(iss=EHR, jwks_url=JWKS_URL, algorithms=ALGORITHMS, fhir_servers=(FHIR,), tenants=("", "ward-1")),
    Issuer(iss=OTHER_EHR, jwks_url=OTHER_JWKS_URL),
)


@dataclass
class Clock:
    """Seconds that pass only when a test says so."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class UsedTokenIds:
    """Remembers token ids as the store does: asking and remembering are one step, however many ask at once."""

    seen: dict[tuple[str, str], datetime] = field(default_factory=dict)
    out_of_order: MmnCdsError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def first_use(self, issuer: str, token_id: str, expires_at: datetime) -> bool:
        if self.out_of_order:
            raise self.out_of_order
        with self._lock:
            return self.seen.setdefault((issuer, token_id), expires_at) is expires_at


@dataclass
class World:
    """A gate with everything around it; ``web`` answers for the internet."""

    web: responses.RequestsMock
    issuers: tuple[Issuer, ...] = ISSUERS
    bearer_tokens: tuple[BearerCredential, ...] = ()
    now: datetime = NOW
    clock: Clock = field(default_factory=Clock)
    used: UsedTokenIds = field(default_factory=UsedTokenIds)
    shared: SharedKeySets | None = None

    def __post_init__(self) -> None:
        self.gate = Gate(
            issuers=self.issuers,
            bearer_tokens=self.bearer_tokens,
            public_url=PUBLIC_URL,
            first_use=self.used.first_use,
            client=Client(),
            now=lambda: self.now,
            clock=self.clock,
            shared=self.shared,
        )

    def publish_keys(self) -> None:
        self.web.get(JWKS_URL, json=KEY_SET)
        self.web.get(OTHER_JWKS_URL, json=OTHER_KEY_SET)

    @property
    def asked(self) -> list[str]:
        return [str(call.request.url) for call in self.web.calls]


def service_behind(clients: CallerOf, callers: CallerOf | None = None) -> Flask:
    """An app that tells whoever is let in who it is."""
    app = Flask("little", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    cds, bundles = Blueprint("cds", __name__), Blueprint("bundles", __name__)

    def who() -> Response:
        caller = current_caller()
        return json_answer({"name": caller.name, "tenant": caller.tenant, "fhir": list(caller.fhir_servers)})

    cds.add_url_rule("/cds-services", "discover", who)
    cds.add_url_rule(CALL, "call", who, methods=["POST"])
    cds.add_url_rule(f"{CALL}/feedback", "feedback", who, methods=["POST"])
    cds.add_url_rule(CALL, "preflight", lambda: json_answer({}), methods=["OPTIONS"])
    bundles.add_url_rule("/fhir/$mmn-evaluate", "evaluate", who, methods=["POST"])
    protect(cds, clients)
    protect(bundles, callers or clients)
    app.register_blueprint(cds)
    app.register_blueprint(bundles)
    request_log.attach(app, "test")
    problems.attach(app)
    return app
