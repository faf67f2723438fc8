"""What stands around the service: a FHIR server with charts that change, a webhook, and the settings for both."""

import hashlib
import threading
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from service.json_guard import read_json
from tests.fake_fhir import Exchange, FakeFhirServer
from tests.fake_fhir.certificate import write_certificate
from tests.notifying import exactly
from tests.test_notifications import CHART, STUDIES, renamed

Json = dict[str, Any]
PATIENTS = 10
# The results of one engine go to its FHIR server, those of the other to a webhook.
TO_SERVER, TO_WEBHOOK = "engine-to-server", "engine-to-webhook"
_STUDIES = frozenset(each["id"] for each in STUDIES)


class Hospital:
    """``told``: what came to the webhook, once each, in the order in which it came first."""

    def __init__(self, place: Path, store: str, port: int) -> None:
        self.certificate = write_certificate(place / "ehr.pem")
        self.ehr = FakeFhirServer(
            [renamed(each, number) for number in range(PATIENTS) for each in CHART], certificate=self.certificate
        )
        self.ehr.behave(self._hooked, on="hook")
        self.told: dict[str, Json] = {}
        self._definite = dict.fromkeys(range(PATIENTS), True)
        self._telling = threading.Lock()
        self.settings = self._settings(place, store, port)

    def _hooked(self, exchange: Exchange) -> None:
        with self._telling:
            told: Any = read_json(exchange.body)
            self.told.setdefault(str(exchange.headers["webhook-id"]), told["data"])
        exchange.send(204, b"")

    def change(self, patient: int) -> None:
        """What was final is entered in error now, or the other way round."""
        self._definite[patient] = not self._definite[patient]
        status = "final" if self._definite[patient] else "entered-in-error"
        studies = {f"{name}-{patient}" for name in _STUDIES}
        with self.ehr.updating:
            for place, each in enumerate(self.ehr.resources):
                if each["id"] in studies:
                    self.ehr.resources[place] = {**each, "status": status}

    def is_right(self, patient: int, reached: str) -> bool:
        """Whether this is the class that the chart has now."""
        return (reached == "definite") is self._definite[patient]

    def bundle(self, patient: int) -> bytes:
        """A patient's chart, as a Bundle."""
        name = f"Patient/p{patient}"
        entries = [{"resource": each} for each in self.ehr.resources if name in (_own(each), _subject(each))]
        return exactly({"resourceType": "Bundle", "type": "collection", "entry": entries})

    def _settings(self, place: Path, store: str, port: int) -> Path:
        (place / "audit.key").write_bytes(b"k" * 32)
        (place / "hook").write_text("whsec_" + b64encode(b"s" * 24).decode())
        service = {
            "store": store,
            "port": port,
            "workers": 2 if store.startswith("postgresql") else 1,
            "public_url": "https://cds.example.org",
            "audit_key_file": str(place / "audit.key"),
            # Who hears an answer can rely on its row.
            "audit_failure": "refuse",
            "ca_bundle": str(self.certificate),
        }
        hook = {"webhook_url": f"{self.ehr.base}/hook", "webhook_secret_file": str(place / "hook")}
        file = place / "settings.toml"
        file.write_text(
            _toml(service)
            + "[[issuers]]\n"
            + _toml({"iss": "https://ehr.example.org", "jwks_url": "https://ehr.example.org/jwks"})
            + self._engine(TO_SERVER, {"results": "fhir"})
            + self._engine(TO_WEBHOOK, {"results": "webhook", **hook})
        )
        return file

    def _engine(self, token: str, results: Mapping[str, object]) -> str:
        digest = hashlib.sha256(token.encode()).hexdigest()
        held = {"name": token, "sha256": digest, "may": ["notify", "evaluate"], "fhir_server": self.ehr.base}
        return "[[bearer_tokens]]\n" + _toml({**held, **results})


def _own(resource: Mapping[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _subject(resource: Mapping[str, Any]) -> object:
    return resource.get("subject", {}).get("reference")


def _toml(values: Mapping[str, object]) -> str:
    # A text, a number or a list of texts reads the same in JSON and in TOML.
    return "".join(f"{name} = {orjson.dumps(value).decode()}\n" for name, value in values.items())
