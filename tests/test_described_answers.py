"""Whatever is sent, made from the description or against it: the answer is one that the description promises."""

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
from service.evaluate import Evaluator
from service.settings import Settings

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
APP = create_app(Settings(profile="local", store="sqlite:///:memory:"), Evaluator.load(None))
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
        "/cds-services/mmn-patient-view",
        "/cds-services/mmn-order-select",
        "/cds-services/mmn-order-sign",
        "/fhir/$mmn-evaluate",
    ],
)
def test_every_answer_is_one_that_is_described(path: str, mode: schemathesis.GenerationMode) -> None:
    @few
    @given(case=SCHEMA[path]["POST"].as_strategy(generation_mode=mode))
    def send(case: "schemathesis.Case[Any]") -> None:
        case.validate_response(case.call(), checks=CHECKS)

    send()
