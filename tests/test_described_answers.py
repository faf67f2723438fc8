"""Whatever is sent, made from the description or against it: the answer is one that the description promises."""

from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.app import create_app
from service.settings import Settings
from service.store.database import Database
from tests.shipped import shipped

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# Kept for the module: what is sent to it may be kept in it.
PLACE = TemporaryDirectory(prefix="mmn-cds-described-")
STORE = f"sqlite:///{PLACE.name}/store.sqlite"
Database(STORE).migrate()
APP = create_app(Settings(profile="local", store=STORE, audit=False), shipped())
SCHEMA = schemathesis.openapi.from_wsgi("/openapi.json", APP)
few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(
    "path",
    [
        "POST /cds-services/mmn-patient-view",
        "POST /cds-services/mmn-order-select",
        "POST /cds-services/mmn-order-sign",
        "POST /fhir/$mmn-evaluate",
        "POST /fhir/$mmn-notify",
        "PUT /fhir/notify/{kind}/{identity}",
        "DELETE /fhir/notify/{kind}/{identity}",
        "GET /fhir/notify/{receipt}",
    ],
)
def test_every_answer_is_one_that_is_described(path: str, mode: schemathesis.GenerationMode) -> None:
    method, _, address = path.partition(" ")

    @few
    @given(case=SCHEMA[address][method].as_strategy(generation_mode=mode))
    def send(case: "schemathesis.Case[Any]") -> None:
        case.validate_response(case.call(), checks=CHECKS)

    send()
