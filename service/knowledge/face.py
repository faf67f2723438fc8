"""What all cards and services of a rule pack have: which rules show them, and the words they share (``cards.yaml``)."""

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import Field

from service.domain.facts import REASONS
from service.knowledge.near import unknown
from service.knowledge.schema import CardYaml, Name, Strict


class PolicyYaml(Strict):
    """Names of rules that have to be met, of a group, of facts that no card shows, and of reasons to leave out."""

    in_question: str
    likely: str
    explained: str
    block_found: str
    searched_widely: str
    under_age: str
    history_not_seen: str
    signs_seen: str
    text_not_read: str
    reports_matter: str
    class_to_review: str
    thought_of: str
    when_written: Name
    over: str
    told_when_over: str
    never_shown: tuple[Name, ...]
    unusable: tuple[str, ...]
    no_feature: str

    @property
    def rules(self) -> Mapping[str, str]:
        """The names of rules by their key."""
        of_class = ("in_question", "explained", "likely", "block_found", "searched_widely", "signs_seen", "thought_of")
        on_card = ("under_age", "history_not_seen", "text_not_read", "reports_matter", "class_to_review")
        others = (*on_card, "over", "told_when_over")
        return {key: getattr(self, key) for key in (*of_class, *others)}


class ReasonYaml(Strict):
    """One reason for which a card may be overridden."""

    code: str
    display: str


class OverrideReasonsYaml(Strict):
    """The reasons that every card offers."""

    system: str
    reasons: Annotated[tuple[ReasonYaml, ...], Field(min_length=1)]


class ServicesYaml(Strict):
    """What the CDS services say of themselves.

    ``asks_again``: when the EHR is asked for the whole drug history; ``asks_for_reports``: when and why for reports.
    """

    title: str
    diagnosis: str
    orders: str
    asks_again: str
    asks_for_reports: str


class ScreeningYaml(Strict):
    """What whoever looks through a population has to know of its numbers."""

    expect: Annotated[tuple[str, ...], Field(min_length=1)]


class ReportYaml(Strict):
    """What is said of each class in a report; ``open`` where none is reached and one still may be."""

    definite: str
    probable: str
    possible: str
    none: str
    excluded: str
    open: str


class Face(Strict):
    """``cards.yaml``: how a rule pack shows itself."""

    policy: PolicyYaml
    not_shown: CardYaml
    override_reasons: OverrideReasonsYaml
    services: ServicesYaml
    report: ReportYaml
    screening: ScreeningYaml


def check_policy(policy: PolicyYaml, rules: Collection[str], groups: Collection[str], facts: Collection[str]) -> None:
    """KnowledgeError for a name that the pack does not have, with key and near match."""
    for key, what, names, known in (
        *((key, "criterion", (name,), rules) for key, name in policy.rules.items()),
        ("when_written", "group of groups.yaml", (policy.when_written,), groups),
        ("never_shown", "fact", policy.never_shown, facts),
        ("unusable", "reason to leave a resource out", policy.unusable, REASONS),
    ):
        for name in names:
            if name not in known:
                raise unknown(f"cards.yaml: policy.{key}", what, name, known)
