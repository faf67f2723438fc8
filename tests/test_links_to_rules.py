"""Each card leads to its rule: at the address that the settings name, never at the one that a caller names."""

from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from service.web.answers import exact_number
from tests.hook_calls import HOOKS, call_of, patient_of
from tests.patient_folders import patient_folders
from tests.shipped import shipped

EVALUATOR = shipped()
TEMPLATES = EVALUATOR.prefetch_templates() | EVALUATOR.optional_prefetch_templates()
FOLDER = next(folder for folder in patient_folders() if folder.name == "definite-block-in-the-ulnar-forearm")
PATIENT = patient_of(FOLDER)["id"]
LABEL = "Rule, thresholds and sources"
by_hook = pytest.mark.parametrize("hook", HOOKS)
Json = dict[str, Any]


def client_at(**settings: Any) -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:", **settings), EVALUATOR).test_client()


def cards_from(client: FlaskClient, hook: str, host: str = "attacker.example.org") -> list[Json]:
    """The cards of a call that claims to have reached another host."""
    body = orjson.dumps(call_of(FOLDER, hook, TEMPLATES), default=exact_number)
    headers = {"Content-Type": "application/json", "Host": host, "X-Forwarded-Host": host}
    cards: list[Json] = client.post(f"/cds-services/mmn-{hook}", data=body, headers=headers).get_json()["cards"]
    assert cards
    return cards


def cards_of_operation(client: FlaskClient) -> list[Json]:
    body = orjson.dumps(FOLDER.bundle, default=exact_number)
    answer = client.post("/fhir/$mmn-evaluate", data=body, content_type="application/fhir+json")
    cards: list[Json] = answer.get_json()["cards"]
    assert cards
    return cards


def rule_urls(cards: list[Json]) -> list[str]:
    return [link["url"] for card in cards for link in card["links"] if link["label"] == LABEL]


@by_hook
@pytest.mark.parametrize(
    ("settings", "base"),
    [
        ({"public_url": "https://cds.example.org"}, "https://cds.example.org"),
        ({"public_url": "https://example.org/mmn"}, "https://example.org/mmn"),
        ({}, "http://127.0.0.1:8000"),
        ({"port": 8123}, "http://127.0.0.1:8123"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"public_url": "http://elsewhere.example.org"}, "http://127.0.0.1:8000"),
    ],
)
def test_each_card_leads_to_the_rules_and_to_its_own_rule(hook: str, settings: Json, base: str) -> None:
    client = client_at(**settings, check_responses=True)
    cards = cards_from(client, hook)
    assert {card["source"]["url"] for card in cards} == {f"{base}/rules"}
    urls = rule_urls(cards)
    assert len(urls) == len(cards)
    for url in urls:
        assert url.startswith(f"{base}/rules/mmn.")
        assert client.get(url.removeprefix(base)).status_code == 200


def test_the_operation_links_as_the_hooks_do() -> None:
    cards = cards_of_operation(client_at(public_url="https://cds.example.org"))
    assert {card["source"]["url"] for card in cards} == {"https://cds.example.org/rules"}
    assert len(rule_urls(cards)) == len(cards)


@by_hook
def test_without_an_address_nothing_leads_anywhere_but_to_the_publisher(hook: str) -> None:
    client = create_app(Settings(insecure=True, store="sqlite:///:memory:"), EVALUATOR).test_client()
    cards = cards_from(client, hook)
    assert not any("url" in card["source"] for card in cards)
    assert {urlsplit(link["url"]).hostname for card in cards for link in card.get("links", ())} <= {"doi.org"}


def test_the_command_line_links_to_no_server() -> None:
    answer: Any = FOLDER.answer(EVALUATOR)
    assert answer["cards"]
    assert not any("url" in card["source"] for card in answer["cards"])


@by_hook
def test_no_address_holds_anything_of_the_patient_or_of_the_caller(hook: str) -> None:
    for card in cards_from(client_at(public_url="https://cds.example.org"), hook):
        for url in (card["source"]["url"], *(link["url"] for link in card["links"])):
            assert (urlsplit(url).query, urlsplit(url).fragment) == ("", "")
            assert PATIENT not in url
            assert "attacker" not in url


def test_the_way_to_the_publisher_goes_by_the_source_of_the_rule() -> None:
    client = client_at()
    (first, *_) = (
        client.get(urlsplit(url).path).get_data(as_text=True) for url in rule_urls(cards_of_operation(client))
    )
    assert '"../rules/sources/efns_pns_2010"' in first
    assert 'href="https://doi.org/' in client.get("/rules/sources/efns_pns_2010").get_data(as_text=True)


@pytest.mark.parametrize("topic", EVALUATOR.rule_of_topic)
def test_every_topic_leads_to_a_rule_that_is_shown(topic: str) -> None:
    rule = EVALUATOR.knowledge.criterion(EVALUATOR.rule_of_topic[topic])
    assert rule.id == EVALUATOR.rule_of_topic[topic]
