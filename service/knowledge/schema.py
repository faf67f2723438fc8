"""The shapes of the YAML under ``rules/``; unknown keys are refused with the allowed ones named."""

from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import KnowledgeError

Word = Literal["present", "absent"]
Shape = TypeVar("Shape", bound=BaseModel)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


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
    """An entry of ``thresholds.yaml``."""

    value: Decimal
    unit: str
    step: Decimal
    says: str
    source: SourceRefYaml


class FactYaml(Strict):
    """An entry of ``facts.yaml``."""

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
    can_grow: Word = "absent"
    covered_by: tuple[str, ...] = ()
    raised_by: tuple[str, ...] = ()
    tells_why: Word = "absent"


class CardYaml(Strict):
    """The text of one kind of card."""

    indicator: Literal["info", "warning", "critical"]
    summary: str
    says: str


class CriterionYaml(Strict):
    """A rule: one entry of any file that a stage names. ``when`` is read by ``conditions.py``."""

    code: str = ""
    kind: Literal["core", "exclusion", "electrophysiological", "supportive", "differential", "advice", ""] = ""
    class_: Annotated[Literal["definite", "probable", "possible", "excluded", ""], Field(alias="class")] = ""
    title: str
    says: str
    for_each: Literal["motor_segment", "order", ""] = ""
    when: dict[str, object]
    beware: str = ""
    source: SourceRefYaml
    brief: tuple[int, ...] = ()
    card: CardYaml | None = None
    shows: tuple[Name, ...] = ()
    tells: tuple[Name, ...] = ()
    supported_by: tuple[dict[str, object], ...] = ()
    gives_way_to: tuple[str, ...] = ()
    joins: Name | Literal[""] = ""
    suggests: Literal["corrected_dose", "first_course", "further_course", ""] = ""
    checked_by: tuple[Name, ...] = ()
    withholds: Literal["course", ""] = ""


class StageYaml(Strict):
    """A stage of ``service.yaml``."""

    name: Name
    for_each: Literal["motor_segment", "order", ""] = ""
    files: tuple[Name, ...]


class ServiceYaml(Strict):
    """``service.yaml``: the rule pack itself."""

    id: Name
    version: str
    criteria_set: str
    guideline: str
    reviewers: tuple[str, ...]
    tables: tuple[Name, ...] = ()
    stages: tuple[StageYaml, ...]


class CodingYaml(Strict):
    """A code of a FHIR code system."""

    system: str
    code: str
    display: str


class OrderYaml(Strict):
    """An order that a card may suggest, and the criteria whose missing data it would supply."""

    label: str
    code: CodingYaml
    for_: Annotated[tuple[str, ...], Field(alias="for")]


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


def shaped(shape: type[Shape], data: object, where: str) -> Shape:
    """Check data against a shape; KnowledgeError names the place, the fault and the allowed keys."""
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=True)[0]
        place = ".".join(str(part) for part in first["loc"])
        allowed = sorted(field.alias or name for name, field in shape.model_fields.items())
        hint = f"; allowed keys: {', '.join(allowed)}" if first["type"] == "extra_forbidden" else ""
        raise KnowledgeError(f"{where}: {place}: {first['msg']}{hint}") from None
