"""A hospital in production: two engines that notify, each of its own FHIR server."""

import hashlib
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from service.app import create_app
from service.evaluate import Evaluator
from service.notified import notification_worker
from service.settings import Settings
from service.store.database import Database
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer
from tests.fake_fhir import Exchange, FakeFhirServer
from tests.fake_fhir.behaviours import says
from tests.fake_fhir.certificate import write_certificate
from tests.notifying import OPERATION, exactly
from tests.test_notifications import CHART, PATIENT, transaction

ENGINE, OTHER, READER, SCRAPER = "engine-Zk3u0sXb1vZ8", "other-7Qm2sYv0", "evaluates-only-0x", "scraper-1"
ACCESS = "access-token-1"
KEY = ECKey.generate_key("P-384", {"kid": "k1"})


class Hospital:
    """A service in production, with two engines of which each has its own FHIR server, over TLS."""

    def __init__(self, place: Path, evaluator: Evaluator, **of_engine: Any) -> None:
        certificate = write_certificate(place / "ehr.pem")
        (place / "backend.key").write_bytes(KEY.as_pem(private=True))
        (place / "audit.key").write_bytes(b"k" * 32)
        self.ehr = FakeFhirServer(CHART, token=ACCESS, certificate=certificate)
        self.other_ehr = FakeFhirServer([PATIENT], certificate=certificate)
        self.ehr.behave(self.grant, on="token")
        self.asked_for_token: list[dict[str, list[str]]] = []
        self.lifetime = 300
        url = f"sqlite:///{place}/store.sqlite"
        Database(url).migrate()
        settings = Settings(
            store=url,
            workers=1,
            public_url="https://cds.example.org",
            audit_key_file=place / "audit.key",
            ca_bundle=certificate,
            issuers=(Issuer(iss="https://ehr.example.org", jwks_url="https://ehr.example.org/jwks"),),
            bearer_tokens=(
                self._credential("engine", ENGINE, "notify", **self._of_engine(place, of_engine)),
                self._credential("other", OTHER, "notify", fhir_server=self.other_ehr.base),
                self._credential("reader", READER, "evaluate"),
                self._credential("scraper", SCRAPER, "metrics"),
            ),
        )
        app = create_app(settings, evaluator)
        self.client = app.test_client()
        self.worker = notification_worker(settings, app.extensions["notifications"], evaluator)

    def _of_engine(self, place: Path, further: dict[str, Any]) -> dict[str, Any]:
        proof = {"client_id": "mmn-cds", "token_url": f"{self.ehr.base}/token", "key_file": place / "backend.key"}
        hook = {"webhook_url": f"{self.ehr.base}/hook"} if further.get("results") == "webhook" else {}
        return {"fhir_server": self.ehr.base, **proof, **hook, **further}

    @staticmethod
    def _credential(name: str, token: str, *may: str, **further: Any) -> BearerCredential:
        digest = hashlib.sha256(token.encode()).hexdigest()
        return BearerCredential.model_validate({"name": name, "sha256": digest, "may": may, **further})

    def grant(self, exchange: Exchange) -> None:
        form = parse_qs(self.ehr.asked[-1].body.decode())
        self.asked_for_token.append(form)
        says({"access_token": ACCESS, "token_type": "bearer", "expires_in": self.lifetime}, "application/json")(
            exchange
        )

    def post(self, token: str, body: Any = None) -> TestResponse:
        return self.client.post(
            OPERATION,
            data=exactly(body or transaction(PATIENT)),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"},
        )

    def status(self, token: str, taken: TestResponse) -> TestResponse:
        return self.client.get(taken.headers["Content-Location"], headers={"Authorization": f"Bearer {token}"})

    def metrics(self) -> str:
        return self.client.get("/metrics", headers={"Authorization": f"Bearer {SCRAPER}"}).text

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self.ehr, self.other_ehr):
            server.__exit__(None, None, None)
        self.worker.database.engine.dispose()
