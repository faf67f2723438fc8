"""Results to whoever wants them: to the FHIR server by conditional update, or to a webhook that is signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

import orjson

from service.json_guard import exact_number, read_json
from service.notifications.charts import Charts, failed
from service.notifications.verdicts import IDENTIFIER_SYSTEM, Told, as_event, as_resources
from service.outgoing.calling import Answer, OutgoingFailed
from service.store.deliveries import Delivery
from service.store.errands import Errand
from service.trust.bearer import BearerCredential
from service.trust.kept import Safe


@dataclass(frozen=True)
class Outbox:
    """``callers``: by name, with where each wants its results."""

    callers: Mapping[str, BearerCredential]
    charts: Charts
    seal: Safe
    now: Callable[[], datetime]

    def wants(self, caller: str) -> bool:
        """Whether this caller is told of changes; one in silent mode is not."""
        credential = self.callers.get(caller)
        return credential is not None and credential.results != "none" and not credential.silent

    def content(self, errand: Errand, result: Mapping[str, Any], before: Told, nothing: Told) -> bytes:
        """What is to be sent, sealed: all of it is made now, so that it is the same whenever it arrives."""
        if self.callers[errand.caller].results == "webhook":
            return self.seal.seal(as_event(result, before, errand.server))
        mark = self.seal.mark("result", errand.key)
        resources = as_resources(result, before, nothing, mark)
        return self.seal.seal(orjson.dumps({"server": errand.server, "resources": resources}, default=exact_number))

    def send(self, delivery: Delivery) -> None:
        """Hand it over; OutgoingFailed where that failed, and sending it again changes nothing that has arrived."""
        content = self.seal.open(delivery.content)
        credential = self.callers.get(delivery.caller)
        if credential is None:
            raise OutgoingFailed("the settings know this caller no more")
        if credential.results == "webhook":
            self._to_webhook(delivery, credential, content)
        else:
            self._to_server(delivery.caller, read_json(content))

    def _to_server(self, caller: str, content: Any) -> None:
        for resource in content["resources"]:
            value = resource["identifier"][0]["value"]
            condition = f"identifier={quote(f'{IDENTIFIER_SYSTEM}|{value}', safe='')}"
            url = f"{content['server']}/{resource['resourceType']}?{condition}"
            _check("the FHIR server", self.charts.put(caller, url, orjson.dumps(resource, default=exact_number)))

    def _to_webhook(self, delivery: Delivery, credential: BearerCredential, payload: bytes) -> None:
        secret = self._secrets[delivery.caller]
        identity, moment = f"msg_{delivery.id}", self.now()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": _signed(secret, identity, moment, payload),
        }
        url = str(credential.webhook_url)
        _check("the webhook", self.charts.send(delivery.caller, "POST", url, headers, payload))

    @cached_property
    def _secrets(self) -> Mapping[str, str]:
        files = {name: each.webhook_secret_file for name, each in self.callers.items() if each.webhook_secret_file}
        return {name: file.read_text(encoding="ascii").strip() for name, file in files.items()}


def _check(who: str, answer: Answer) -> None:
    if not answer.is_good:
        raise failed(who, answer, may_pass=answer.may_pass)


def _signed(secret: str, identity: str, moment: datetime, payload: bytes) -> str:
    # Only whoever sends to a webhook needs it.
    from standardwebhooks import Webhook  # noqa: PLC0415

    return Webhook(secret).sign(identity, moment, payload.decode())
