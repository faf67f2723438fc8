"""The shapes of the YAML under ``rules/``; unknown keys are refused with the allowed ones named."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Word = Literal["present", "absent"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
INDICATORS = ("critical", "warning", "info")


class Strict(BaseModel):
    """Base of every shape: nothing unknown is allowed, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceYaml(Strict):
    """An entry of ``sources.yaml``."""

    short: str
    citation: str
    year: int
    url: str | None = None


class SourceRefYaml(Strict):
    """Where a statement stands, and how sure we are of it."""

    ref: Name
    at: str
    certainty: Literal["found", "second_hand", "unverified", "design"]


class ThresholdYaml(Strict):
    """An entry of ``thresholds/``."""

    value: Decimal
    unit: str
    step: Decimal
    says: str
    source: SourceRefYaml


class FactYaml(Strict):
    """An entry of ``facts/``."""

    of: Literal["patient", "motor_segment", "order"] = "patient"
    words: tuple[Name, ...] = ()
    unit: str | None = None
    means: str
    label: str = ""
    does_not_count: tuple[str, ...] = ()
    known_only_if: tuple[str, ...] = ()
    computed_with: tuple[Name, ...] = ()
    tally_of: tuple[str, ...] = ()
    ask: str = ""
    short: str = ""
    can_grow: Word = "absent"
    covered_by: tuple[str, ...] = ()
    raised_by: tuple[str, ...] = ()
    tells_why: Word = "absent"
    counts_only: tuple[Name, ...] = ()
    feature: str = ""
    reads_as: dict[Name, str] = {}


class CardYaml(Strict):
    """The text of one card: the indicator is the key of its summary, ``detail`` the text below it."""

    critical: str = ""
    warning: str = ""
    info: str = ""
    detail: str = ""

    @property
    def indicator(self) -> str:
        """Which of critical, warning and info has the summary; empty without a card."""
        return next((name for name in INDICATORS if getattr(self, name)), "")

    @property
    def summary(self) -> str:
        """The summary; empty without a card."""
        return self.critical or self.warning or self.info

    @model_validator(mode="after")
    def _whole(self) -> Self:
        summaries = [name for name in INDICATORS if getattr(self, name)]
        if len(summaries) > 1:
            raise ValueError(f"a card has one summary; here are {' and '.join(summaries)}")
        if bool(summaries) != bool(self.detail):
            raise ValueError("a card has a summary (critical, warning or info) and a detail; one of them is missing")
        return self


Kind = Literal["core", "exclusion", "electrophysiological", "supportive", "differential", "against", "advice", ""]
ForEach = Literal["motor_segment", "order", ""]
Certainty = Literal["possible", "probable", "definite"]
FilePath = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*$")]


class EveryRuleYaml(Strict):
    """``every_rule`` at the head of a rule file: what its rules have where they say nothing else."""

    about: object = ()
    for_each: ForEach = ""
    kind: Kind = ""
    source: dict[Literal["ref", "at", "certainty"], str] = {}
    brief: tuple[int, ...] = ()
    joins: Name | Literal[""] = ""


class CriterionYaml(CardYaml):
    """A rule: one entry of any file that a stage names. ``about`` and ``when`` are read by ``conditions.py``."""

    about: object = ()
    code: str = ""
    kind: Kind = ""
    class_: Annotated[Certainty | Literal["excluded", ""], Field(alias="class")] = ""
    title: str
    says: str
    for_each: ForEach = ""
    when: object
    beware: str = ""
    source: SourceRefYaml
    brief: tuple[int, ...] = ()
    shows: tuple[Name, ...] = ()
    tells: tuple[Name, ...] = ()
    supported_by: tuple[object, ...] = ()
    gives_way_to: tuple[str, ...] = ()
    joins: Name | Literal[""] = ""
    suggests: Literal["corrected_dose", "first_course", "further_course", "deletion", ""] = ""
    checked_by: tuple[Name, ...] = ()
    withholds: Literal["course", ""] = ""
    only_beside_others: bool = False
    told: Literal["first", ""] = ""
    general: tuple[Name, ...] = ()
    was: Annotated[str, Field(pattern=r"^([a-z_]+\.)+[a-z0-9_]+$|^$")] = ""


class StageYaml(Strict):
    """A stage of ``pack.yaml``; ``files`` are paths below the pack, without ``.yaml``."""

    name: Name
    for_each: ForEach = ""
    files: tuple[FilePath, ...]


class CodingYaml(Strict):
    """A code of a FHIR code system."""

    system: str
    code: str
    display: str


class OrderYaml(Strict):
    """An order that a card may suggest: the criteria whose missing data it would supply, and facts that forbid it.

    ``form``: the Questionnaire that is to be filled in for it.
    """

    label: str
    code: CodingYaml
    form: str = ""
    for_: Annotated[tuple[str, ...], Field(alias="for")]
    not_beside: tuple[Name, ...] = ()


class CriteriaSetYaml(Strict):
    """A criteria set: its classes from worst to best, and the file that holds the routes to them."""

    title: str
    classes: Annotated[tuple[Certainty, ...], Field(min_length=1)]
    file: FilePath
    beware: str = ""


class PackYaml(Strict):
    """``pack.yaml``: the rule pack itself, and what is said of the class."""

    id: Name
    version: str
    criteria_sets: Annotated[dict[str, CriteriaSetYaml], Field(min_length=1)]
    reviewers: tuple[str, ...]
    tables: tuple[Name, ...] = ()
    stages: tuple[StageYaml, ...]
    class_cards: dict[Name, CardYaml]
    suggested_orders: dict[Name, OrderYaml]


class GroupYaml(Strict):
    """An entry of ``groups.yaml``: what the rules that join it have in common."""

    says: str


class SentenceYaml(Strict):
    """An entry of ``reasons/``: a sentence of the program, with names in braces for its values."""

    says: str


class StatementYaml(Strict):
    """One statement of the clinical brief, in our words."""

    says: str
    feature: str
    later: str = ""


class DisagreementYaml(Strict):
    """Where brief and guideline differ: both are kept and shown."""

    brief_says: str
    sources_say: str
    here: str
    criteria: tuple[str, ...] = ()
