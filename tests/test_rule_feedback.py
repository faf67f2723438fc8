"""At a rule stands what clinicians answered on its cards; a store that is away hides no rule."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from service.app import create_app
from service.errors import StoreUnavailable
from service.knowledge.pages import Page
from service.settings import Settings
from service.store.database import Database
from service.store.feedback import ACCEPTED, OVERRIDDEN, Feedback, FeedbackStore, TopicCount
from service.web.rule_feedback import RuleFeedback
from tests.shipped import shipped

EVALUATOR = shipped()
JSON = {"Accept": "application/json"}
TOPIC, RULE = next(iter(EVALUATOR.rule_of_topic.items()))
MOMENT = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
REASON = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes|cds-not-applicable"


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    Database(url).migrate()
    return url


def test_what_was_answered_is_counted_at_its_rule_and_at_no_other(store: str) -> None:
    entries = [
        Feedback(UUID(int=1), TOPIC, ACCEPTED, MOMENT),
        Feedback(UUID(int=2), TOPIC, OVERRIDDEN, MOMENT, reason=REASON, comment="not in this patient"),
    ]
    FeedbackStore(Database(store)).keep("https://ehr.example.org", "0.2.0", entries, MOMENT)
    client = create_app(Settings(profile="local", store=store), EVALUATOR).test_client()
    page = client.get(f"/rules/{RULE}")
    assert "2 cards answered, 1 accepted, 1 overridden (cds-not-applicable 1)" in page.text
    assert "not in this patient" not in page.text
    (row,) = client.get(f"/rules/{RULE}", headers=JSON).get_json()["feedback"]
    assert (row["topic"], row["cards"], row["accepted"], row["overridden"]) == (TOPIC, 2, 1, 1)
    other = next(rule.id for rule in EVALUATOR.knowledge.criteria.values() if rule.id != RULE)
    assert "feedback" not in client.get(f"/rules/{other}", headers=JSON).get_json()


def test_a_store_that_is_away_hides_no_rule_and_is_asked_once_a_minute() -> None:
    asked: list[float] = []
    now = [0.0]

    def counts() -> list[TopicCount]:
        asked.append(now[0])
        if len(asked) == 1:
            raise StoreUnavailable
        return [TopicCount(TOPIC, 3, 2, 1, (), 0)]

    beside = RuleFeedback(counts, EVALUATOR.rule_of_topic, clock=lambda: now[0]).beside
    page = Page("title", "text", {"id": RULE})
    assert beside(page) == page
    now[0] = 59.0
    assert beside(page) == page
    now[0] = 60.0
    assert "3 cards answered" in beside(page).text
    assert asked == [0.0, 60.0]
