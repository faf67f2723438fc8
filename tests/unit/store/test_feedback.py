"""Feedback is kept once and counted by the topic of the card."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from service.errors import OverQuota, StoreUnavailable
from service.store.database import Database
from service.store.feedback import ACCEPTED, OVERRIDDEN, Feedback, FeedbackStore
from service.store.tables import FEEDBACK_COMMENTS

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
EHR, OTHER = "https://ehr.example.org", "https://other.example.org"
CARD, DONE = uuid4(), "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes|action-completed"


def accepted(card: UUID = CARD, topic: str = "mmnDose", at: datetime = NOW) -> Feedback:
    return Feedback(card, topic, ACCEPTED, at, (str(uuid4()),))


def overridden(card: UUID = CARD, topic: str = "mmnDose", at: datetime = NOW, comment: str = "") -> Feedback:
    return Feedback(card, topic, OVERRIDDEN, at, reason=DONE, comment=comment)


@pytest.mark.conforms("FB-6")
def test_feedback_sent_again_counts_once(database: Database) -> None:
    store = FeedbackStore(database)
    for _ in range(3):
        store.keep(EHR, "2010.1.0", [overridden(comment="done last week")], NOW)
    (count,) = store.counts()
    assert (count.cards, count.accepted, count.overridden, count.comments) == (1, 0, 1, 1)
    assert count.reasons == ((DONE, 1),)


def test_a_card_counts_by_its_newest_outcome_in_whatever_order_they_came(database: Database) -> None:
    store = FeedbackStore(database)
    store.keep(EHR, "2010.1.0", [accepted(at=NOW + timedelta(minutes=1)), overridden()], NOW)
    (count,) = store.counts()
    assert (count.cards, count.accepted, count.overridden, count.reasons) == (1, 1, 0, ())


def test_the_same_card_of_two_clients_is_two_cards(database: Database) -> None:
    store = FeedbackStore(database)
    store.keep(EHR, "2010.1.0", [accepted()], NOW)
    store.keep(OTHER, "2010.1.0", [overridden()], NOW)
    (count,) = store.counts()
    assert (count.cards, count.accepted, count.overridden) == (2, 1, 1)


def test_topics_are_counted_apart_and_the_busiest_comes_first(database: Database) -> None:
    store = FeedbackStore(database)
    store.keep(EHR, "2010.1.0", [accepted(uuid4(), "mmnDose"), accepted(uuid4(), ""), accepted(uuid4(), "")], NOW)
    assert [(count.topic, count.cards) for count in store.counts()] == [("", 2), ("mmnDose", 1)]


def test_only_what_came_since_a_moment_is_counted_when_asked(database: Database) -> None:
    store = FeedbackStore(database)
    store.keep(EHR, "2010.1.0", [accepted(uuid4())], NOW)
    store.keep(EHR, "2010.1.0", [accepted(uuid4())], NOW + timedelta(days=1))
    assert [count.cards for count in store.counts(NOW + timedelta(hours=1))] == [1]


@pytest.mark.conforms("FB-9")
def test_comments_lie_apart_from_the_rest(database: Database) -> None:
    FeedbackStore(database).keep(EHR, "2010.1.0", [overridden(comment="Zebedee said no")], NOW)
    with database.transaction() as connection:
        assert connection.execute(select(FEEDBACK_COMMENTS.c.comment)).scalars().all() == ["Zebedee said no"]


def test_a_batch_is_kept_as_a_whole_or_not_at_all(database: Database) -> None:
    store = FeedbackStore(database)
    broken = Feedback(uuid4(), "mmnDose", None, NOW)  # type: ignore[arg-type]  # what the database refuses
    with pytest.raises(StoreUnavailable):
        store.keep(EHR, "2010.1.0", [accepted(), broken], NOW)
    assert store.counts() == []


def test_an_issuer_that_sends_too_much_in_a_day_is_refused_and_keeps_nobody_else_out(database: Database) -> None:
    store = FeedbackStore(database, most_in_a_day=10)
    store.keep(EHR, "2010.1.0", [accepted(uuid4()) for _ in range(8)], NOW)
    with pytest.raises(OverQuota):
        store.keep(EHR, "2010.1.0", [accepted(uuid4()) for _ in range(3)], NOW)
    store.keep(EHR, "2010.1.0", [accepted(uuid4()) for _ in range(2)], NOW)
    store.keep(OTHER, "2010.1.0", [accepted(uuid4()) for _ in range(10)], NOW)
    assert sum(count.cards for count in store.counts()) == 20
    # Another process, and later the same one, count what is in the store.
    for again, later in ((FeedbackStore(database, most_in_a_day=10), 0), (store, 23)):
        with pytest.raises(OverQuota):
            again.keep(EHR, "2010.1.0", [accepted(uuid4())], NOW + timedelta(hours=later))
    store.keep(EHR, "2010.1.0", [accepted(uuid4())], NOW + timedelta(hours=24))
