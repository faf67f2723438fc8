"""A card rests only where somebody has seen it and nothing changed; what is in doubt is said. Both sides of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.audited import evidence_in
from service.domain.conclusions import Advice, Conclusion, Verdict
from service.domain.evaluation import Advised, Evaluation
from service.domain.facts import UNSEEN, Excluded
from service.fhir.intake.bundle import records_from_bundle
from service.result import HookAnswer
from service.store.audit_key import AuditKey
from service.store.audit_rows import insert_rows
from service.store.database import Database
from service.store.feedback import ACCEPTED, OVERRIDDEN, Feedback, FeedbackStore
from service.store.said import forget, insert_said
from service.store.tables import SAID
from service.trust.callers import Caller
from service.web.hook_request import HookRequest
from service.web.said_once import SaidOnce
from tests.bench import bodies
from tests.patient_folders import ENTRY_LIMIT, patient_folders
from tests.shipped import shipped
from tests.unit.store.audit_samples import audit_card, audit_row, kept

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
EVALUATOR = shipped()
KNOWLEDGE = EVALUATOR.knowledge
EHR = Caller("https://ehr.example.org")
NOTHING = Advised("Patient/p1", "2026-03-04T10:20:00Z", {}, (), ())
REASON = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes|action-completed"


class Clinic:
    """One installation, and people who open charts in it."""

    def __init__(self, database: Database, days: int = 30) -> None:
        self.database = database
        self.said_once = SaidOnce(database, AuditKey(b"k" * 32), KNOWLEDGE, days)
        self.newest = uuid4()

    def look(
        self,
        at: datetime,
        indicator: str = "info",
        *,
        topic: str = "mmnDiagnosisDefinite",
        caller: Caller = EHR,
        made: Advised = NOTHING,
        **asked: Any,
    ) -> str:
        """Why the card of this look is not sent; empty where it is, which is remembered."""
        self.newest = uuid4()
        card = {"uuid": str(self.newest), "indicator": indicator, "source": {"topic": {"code": topic}}}
        told: dict[str, Any] = {"user_id": "Practitioner/u1", "patient_id": "p1", "hook": "patient-view", **asked}
        called = HookRequest(hook_instance=uuid4(), fhir_server=told.pop("fhir_server", None), prefetch={}, **told)
        (fate,) = self.said_once.fates(called, caller, HookAnswer([], made, ["Patient/p1"]), [card], at)
        sent = audit_card(topic, fate.held_back, self.newest)
        row = audit_row(replace(sent, memory=fate.memory), at=at)
        with self.database.transaction() as connection:
            insert_rows(connection, [row])
            insert_said(connection, [row])
        return fate.held_back

    def seen(self, at: datetime, indicator: str = "info", **asked: Any) -> None:
        """Two looks an hour apart, the second at this moment."""
        assert self.look(at - HOUR, indicator, **asked) == ""
        assert self.look(at, indicator, **asked) == ""

    def feedback(
        self, at: datetime, outcome: str, reason: str = REASON, *, issuer: str = EHR.name, **more: Any
    ) -> None:
        """Feedback on the newest card."""
        entry = Feedback(self.newest, "mmnDiagnosisDefinite", outcome, at, reason=reason, **more)
        FeedbackStore(self.database).keep(issuer, "0.2.0", [entry], at)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return Clinic(database)


def test_a_card_that_was_sent_once_is_not_yet_seen(clinic: Clinic) -> None:
    assert clinic.look(NOW) == ""
    assert clinic.look(NOW + HOUR) == ""
    assert clinic.look(NOW + 2 * HOUR) == "said-before"


def test_the_same_call_within_ten_minutes_gets_the_same_cards(clinic: Clinic) -> None:
    for minutes in (0, 3, 6, 9):
        assert clinic.look(NOW + minutes * MINUTE) == ""
    # Two looks lie ten minutes apart now, the second one under way still.
    assert clinic.look(NOW + 10 * MINUTE) == ""
    assert clinic.look(NOW + 19 * MINUTE) == ""
    assert clinic.look(NOW + 29 * MINUTE) == "said-before"


@pytest.mark.parametrize(("days", "held"), [(29, "said-before"), (30, "")])
def test_a_seen_card_is_said_again_after_thirty_days(clinic: Clinic, days: int, held: str) -> None:
    clinic.seen(NOW)
    assert clinic.look(NOW + days * DAY) == held


def test_a_site_may_set_another_time(database: Database) -> None:
    clinic = Clinic(database, days=3)
    clinic.seen(NOW)
    assert clinic.look(NOW + 3 * DAY - HOUR) == "said-before"
    assert clinic.look(NOW + 3 * DAY) == ""


def test_after_its_rest_a_card_is_seen_anew_before_it_rests_again(clinic: Clinic) -> None:
    clinic.seen(NOW)
    clinic.seen(NOW + 31 * DAY)
    assert clinic.look(NOW + 32 * DAY) == "said-before"


@pytest.mark.parametrize(
    ("at", "held"), [(DAY, "said-before"), (7 * DAY - MINUTE, "said-before"), (7 * DAY, ""), (30 * DAY, "")]
)
def test_a_warning_on_a_chart_rests_seven_days_at_most(clinic: Clinic, at: timedelta, held: str) -> None:
    clinic.seen(NOW, "warning")
    assert clinic.look(NOW + at, "warning") == held


@pytest.mark.parametrize(("at", "held"), [(6 * DAY, "overridden"), (7 * DAY, ""), (100 * DAY, "")])
def test_an_overridden_warning_rests_seven_days_and_never_180(clinic: Clinic, at: timedelta, held: str) -> None:
    clinic.look(NOW, "warning")
    clinic.feedback(NOW, OVERRIDDEN)
    assert clinic.look(NOW + at, "warning") == held


def test_a_critical_card_is_never_held_back(clinic: Clinic) -> None:
    clinic.seen(NOW, "critical")
    clinic.feedback(NOW, OVERRIDDEN)
    assert clinic.look(NOW + HOUR, "critical") == ""


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_warning_on_an_order_being_written_is_never_held_back(clinic: Clinic, hook: str) -> None:
    clinic.seen(NOW, "warning", hook=hook)
    clinic.feedback(NOW, OVERRIDDEN)
    assert clinic.look(NOW + HOUR, "warning", hook=hook) == ""


def test_an_information_on_an_order_rests_only_once_it_was_overridden_with_a_reason(clinic: Clinic) -> None:
    clinic.seen(NOW, hook="order-sign")
    assert clinic.look(NOW + HOUR, hook="order-sign") == ""
    clinic.feedback(NOW + HOUR, OVERRIDDEN)
    assert clinic.look(NOW + 2 * HOUR, hook="order-sign") == "overridden"


@pytest.mark.parametrize(("days", "held"), [(31, "overridden"), (179, "overridden"), (180, "")])
def test_an_override_with_a_reason_lets_a_card_rest_for_180_days(clinic: Clinic, days: int, held: str) -> None:
    clinic.look(NOW)
    clinic.feedback(NOW, OVERRIDDEN)
    assert clinic.look(NOW + days * DAY) == held


@pytest.mark.parametrize(
    ("outcome", "reason", "comment"), [(ACCEPTED, "", ""), (OVERRIDDEN, "", ""), (ACCEPTED, REASON, "seen")]
)
def test_feedback_without_a_reasoned_override_means_seen_and_no_more(
    clinic: Clinic, outcome: str, reason: str, comment: str
) -> None:
    clinic.look(NOW)
    clinic.feedback(NOW + MINUTE, outcome, reason, comment=comment)
    assert clinic.look(NOW + 2 * MINUTE) == "said-before"
    assert clinic.look(NOW + 31 * DAY) == ""


def test_a_comment_is_a_reason_too(clinic: Clinic) -> None:
    clinic.look(NOW)
    clinic.feedback(NOW, OVERRIDDEN, "", comment="known since 2019")
    assert clinic.look(NOW + 100 * DAY) == "overridden"


def test_feedback_counts_by_when_it_came_and_not_by_what_its_sender_says(clinic: Clinic) -> None:
    clinic.look(NOW)
    entry = Feedback(clinic.newest, "mmnDiagnosisDefinite", OVERRIDDEN, NOW + 3650 * DAY, reason=REASON)
    FeedbackStore(clinic.database).keep(EHR.name, "0.2.0", [entry], NOW)
    assert clinic.look(NOW + 179 * DAY) == "overridden"
    assert clinic.look(NOW + 181 * DAY) == ""


def test_feedback_of_another_caller_silences_nothing(clinic: Clinic) -> None:
    clinic.look(NOW)
    clinic.feedback(NOW, OVERRIDDEN, issuer="https://other.example.org")
    assert clinic.look(NOW + HOUR) == ""


OTHERS: Mapping[str, Mapping[str, Any]] = {
    "another person": {"user_id": "Practitioner/u2"},
    "another patient": {"patient_id": "p2"},
    "another server": {"fhir_server": "https://fhir.example.org"},
    "another caller": {"caller": Caller("https://other.example.org")},
    "another tenant": {"caller": Caller(EHR.name, "north")},
    "another topic": {"topic": "mmnFollowUpBlockReduced"},
    "another evidence": {"made": replace(NOTHING, excluded=(Excluded("prefetch/studies", UNSEEN, ""),))},
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_one_was_told_is_not_told_to(clinic: Clinic, other: str) -> None:
    clinic.seen(NOW)
    clinic.feedback(NOW, OVERRIDDEN)
    assert clinic.look(NOW + DAY) == "overridden"
    assert clinic.look(NOW + DAY, **OTHERS[other]) == ""


@pytest.mark.parametrize("user", ["Device/d1", "Organization/o1", "u1", "practitioner/u1"])
def test_without_a_person_as_user_everything_is_said(clinic: Clinic, user: str) -> None:
    clinic.seen(NOW, user_id=user)
    assert clinic.look(NOW + DAY, user_id=user) == ""
    assert kept(clinic.database, SAID) == []


@pytest.mark.parametrize("user", ["Practitioner/u1", "PractitionerRole/u1", "Patient/u1", "RelatedPerson/u1"])
def test_a_person_is_not_told_twice(clinic: Clinic, user: str) -> None:
    clinic.seen(NOW, user_id=user)
    assert clinic.look(NOW + DAY, user_id=user) == "said-before"


@pytest.mark.parametrize(
    "caller",
    [replace(EHR, shared_users=("Practitioner/u1",)), replace(EHR, said_once=False)],
    ids=["account", "issuer"],
)
def test_a_shared_account_is_told_everything(clinic: Clinic, caller: Caller) -> None:
    clinic.seen(NOW, caller=caller)
    assert clinic.look(NOW + DAY, caller=caller) == ""


def test_where_the_memory_cannot_be_read_everything_is_said(clinic: Clinic) -> None:
    clinic.seen(NOW)
    with clinic.database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE said RENAME TO gone")
    called = HookRequest(uuid4(), "p1", "Practitioner/u1", None, {}, "patient-view")
    card = {"uuid": str(uuid4()), "indicator": "info", "source": {"topic": {"code": "mmnDiagnosisDefinite"}}}
    (fate,) = clinic.said_once.fates(called, EHR, HookAnswer([], NOTHING, ["Patient/p1"]), [card], NOW + DAY)
    assert fate.held_back == ""
    with clinic.database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO said")


def test_what_is_remembered_holds_no_value_and_is_forgotten_after_180_days(clinic: Clinic) -> None:
    clinic.look(NOW)
    (row,) = kept(clinic.database, SAID)
    assert row.keys() == {"card", "memory", "sent_at", "expires_at"}
    assert isinstance(row["card"], UUID)
    assert len(row["memory"]) == 64
    forget(clinic.database, NOW + 180 * DAY - MINUTE)
    assert len(kept(clinic.database, SAID)) == 1
    forget(clinic.database, NOW + 180 * DAY)
    assert kept(clinic.database, SAID) == []


# --- What counts as changed ---


def concluded(name: str, later: timedelta = timedelta()) -> Evaluation:
    folder = next(each for each in patient_folders() if each.name == name)
    moment = folder.as_of + later
    record = records_from_bundle(folder.bundle, moment, EVALUATOR.mappings, ENTRY_LIMIT).patients[0]
    return EVALUATOR.conclude(record, moment)


def of_resources(resources: Sequence[Mapping[str, Any]]) -> bytes:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    record = records_from_bundle(bundle, NOW, EVALUATOR.mappings, ENTRY_LIMIT).patients[0]
    return evidence_in(EVALUATOR.conclude(record, NOW), KNOWLEDGE)


def with_advice(**values: str) -> bytes:
    conclusion = Conclusion("follow_up.response", Verdict.MET, "", ("Observation/o1",))
    return evidence_in(replace(NOTHING, advice=(Advice(conclusion, values),)), KNOWLEDGE)


def test_another_resource_id_and_the_passing_of_days_are_no_change() -> None:
    resources = bodies.mmn_resources(12)
    renamed = [{**one, "id": f"x-{one['id']}"} if one["resourceType"] != "Patient" else one for one in resources]
    assert of_resources(renamed) == of_resources(resources)
    assert with_advice(days_since_last_dose="18 days") == with_advice(days_since_last_dose="19 days")
    name = "definite-block-in-the-ulnar-forearm"
    assert evidence_in(concluded(name), KNOWLEDGE) == evidence_in(concluded(name, 3 * DAY), KNOWLEDGE)


def test_a_finding_a_dose_a_version_and_what_was_not_seen_are_changes() -> None:
    before = of_resources(bodies.mmn_resources(12))
    assert of_resources(bodies.mmn_resources(12)[:-2]) != before
    assert with_advice(dose_g_per_kg="2 g/kg") != with_advice(dose_g_per_kg="1 g/kg")
    assert with_advice(interval_days="21 days") != with_advice(interval_days="28 days")
    assert with_advice(assess_on="2026-03-16") != with_advice(assess_on="2026-04-16")
    assert evidence_in(NOTHING, KNOWLEDGE) != evidence_in(NOTHING, replace(KNOWLEDGE, hash="sha256:other"))
    unseen = replace(NOTHING, excluded=(Excluded("prefetch/studies", UNSEEN, ""),))
    assert evidence_in(NOTHING, KNOWLEDGE) != evidence_in(unseen, KNOWLEDGE)


def test_a_due_date_that_passed_is_a_change() -> None:
    name = "too-early-to-judge-the-response"
    assert evidence_in(concluded(name), KNOWLEDGE) != evidence_in(concluded(name, 60 * DAY), KNOWLEDGE)
