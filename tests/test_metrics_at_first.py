"""What can be counted has a zero before it happens: a rate would miss an event with which its counter appears."""

from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from tests.bench import bodies
from tests.shipped import shipped

if TYPE_CHECKING:
    from service.web.metrics import Metrics

JSON = {"Content-Type": "application/json"}
EHR = "https://ehr.example.org"
NORTH = f"{EHR}#north"
AT_FIRST = {
    "a class by a hook": ("mmn_cds_evaluations", {"service": "mmn-patient-view", "reached": "definite", "caller": EHR}),
    "an order by a tenant of its own": (
        "mmn_cds_evaluations",
        {"service": "mmn-order-sign", "reached": "", "caller": NORTH},
    ),
    "a class by a token": ("mmn_cds_evaluations", {"service": "mmn-evaluate", "reached": "none", "caller": "evaluate"}),
    "a card on the class": ("mmn_cds_cards", {"topic": "mmnDiagnosisDefinite", "caller": EHR}),
    "a card on an order": (
        "mmn_cds_cards",
        {"topic": "mmnOtherAgentsCorticosteroid", "indicator": "warning", "caller": NORTH},
    ),
    "an override": ("mmn_cds_feedback", {"topic": "mmnDiagnosisDefinite", "outcome": "overridden", "caller": EHR}),
    "a card that was said before": (
        "mmn_cds_held_back_cards",
        {"topic": "mmnDiagnosisDefinite", "reason": "said-before", "caller": EHR},
    ),
    "a unit that is not known": ("mmn_cds_unused_resources", {"type": "Observation", "reason": "unit"}),
    "a chart of which all is unused": ("mmn_cds_all_unused", {"service": "mmn-patient-view"}),
    "a canary that changed": ("mmn_cds_canary_checks", {"outcome": "changed"}),
    "a row of the audit that is lost": ("mmn_cds_audit_rows", {"outcome": "lost"}),
    "a message that cannot be read": ("mmn_cds_notifications", {"outcome": "unreadable"}),
    "a server that does not answer": ("mmn_cds_outgoing_calls", {"outcome": "unavailable"}),
    "evaluators that differ": ("mmn_cds_faults", {"exception": "EngineFault"}),
}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def at_first(evaluator: Evaluator, tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """The counters of an installation with three callers that was never called."""
    place = tmp_path_factory.mktemp("at-first")
    (place / "key").write_bytes(b"k" * 32)
    settings: dict[str, Any] = {
        "store": f"sqlite:///{place}/store.sqlite",
        "public_url": "https://cds.example.org",
        "audit_key_file": place / "key",
        "issuers": [{"iss": EHR, "jwks_url": f"{EHR}/jwks", "own_tenants": [{"name": "north"}]}],
        "bearer_tokens": [{"name": "evaluate", "sha256": "a" * 64, "may": ["evaluate"]}],
    }
    counts: Metrics = create_app(Settings.model_validate(settings), evaluator).extensions["metrics"]
    return samples(counts.text().decode())


def samples(text: str) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


@pytest.mark.parametrize(("name", "labels"), AT_FIRST.values(), ids=AT_FIRST.keys())
def test_what_has_not_happened_yet_is_counted_as_none(
    at_first: list[Sample], name: str, labels: dict[str, str]
) -> None:
    found = [one.value for one in at_first if one.name == f"{name}_total" and labels.items() <= one.labels.items()]
    assert found
    assert set(found) == {0}


def test_every_topic_of_which_there_can_be_a_card_is_counted(at_first: list[Sample], evaluator: Evaluator) -> None:
    assert {one.labels["topic"] for one in at_first if one.name == "mmn_cds_cards_total"} == {*evaluator.rule_of_topic}


def test_a_first_card_is_counted_where_its_zero_stood(evaluator: Evaluator) -> None:
    client = create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator).test_client()
    before = samples(client.get("/metrics").text)
    body = bodies.as_hook_call(bodies.mmn_resources(12))
    assert client.post("/cds-services/mmn-patient-view", data=body, headers=JSON).get_json()["cards"]
    counted = [one for one in samples(client.get("/metrics").text) if one.name == "mmn_cds_cards_total" and one.value]
    assert counted
    assert all(
        (one.name, one.labels, 0) in [(each.name, each.labels, each.value) for each in before] for one in counted
    )
