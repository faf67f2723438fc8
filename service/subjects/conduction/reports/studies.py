"""What a report says, before it is FHIR: studies of one nerve with their responses and segments, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

MOTOR, SENSORY, F_WAVE = "motor", "sensory", "f-wave"
KINDS = (MOTOR, SENSORY, F_WAVE)
READ, FLAGGED, NOT_READ = "read", "flagged", "not_read"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as printed, with the unit of its column (UCUM)."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of normal as printed, in the unit of their column; ``None`` where there is none."""

    low: Decimal | None
    high: Decimal | None
    unit: str


@dataclass(slots=True)
class Response:
    """What one row says: of a site, or of a segment between two. ``site``: empty where no code of a site fits.

    ``values``, ``limits``: by measurement. ``absent``: nothing answered the stimulus.
    """

    site: str
    line: int
    to: str = ""
    values: dict[str, Quantity] = field(default_factory=dict)
    limits: dict[str, Limits] = field(default_factory=dict)
    absent: bool = False

    @property
    def is_read(self) -> bool:
        """Whether it says anything."""
        return self.absent or bool(self.values)

    @property
    def place(self) -> str:
        """Where it belongs in a component code: ``wrist``, or ``wrist--below-elbow``."""
        return f"{self.site}--{self.to}" if self.to else self.site


@dataclass(slots=True)
class Study:
    """One study of one nerve and side. ``line``: the one that names it."""

    kind: str
    nerve: str
    side: str
    muscle: str
    line: int
    responses: list[Response] = field(default_factory=list)

    def response_at(self, site: str) -> Response | None:
        """The response to stimulation at a site."""
        return next((each for each in self.responses if each.site == site and not each.to), None)


def with_f_waves(studies: Sequence[Study]) -> list[Study]:
    """The studies, F waves as a part of the one motor study of their nerve, side and (where both say it) muscle."""
    motor = [study for study in studies if study.kind == MOTOR]
    kept: list[Study] = []
    for study in studies:
        theirs = [each for each in motor if (each.nerve, each.side) == (study.nerve, study.side)]
        if len(theirs) > 1:
            theirs = [each for each in theirs if each.muscle == study.muscle]
        if study.kind == F_WAVE and len(theirs) == 1:
            theirs[0].responses += study.responses
        else:
            kept.append(study)
    return kept


@dataclass(slots=True)
class Outcome:
    """What became of a line: ``read``, ``flagged`` or ``not_read``, and why; no text of the line is in it."""

    line: int
    outcome: str
    reasons: list[str] = field(default_factory=list)

    def flag(self, reason: str) -> None:
        """Keep what was read, and say what a reader should look at."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        if self.outcome == READ:
            self.outcome = FLAGGED


@dataclass(slots=True)
class Report:
    """All that was read of a report, and an outcome for each line that is not empty. ``date``: ISO, or empty."""

    layout: str
    studies: list[Study] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    date: str = ""

    def note(self, line: int, outcome: str, reason: str = "") -> Outcome:
        """The outcome of a line."""
        made = self.outcomes[line] = Outcome(line, outcome, [reason] if reason else [])
        return made
