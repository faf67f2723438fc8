"""What came of the kills, in figures."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Report:
    """``acknowledged``: messages; ``receipts``: those that the store holds. ``lost``: acknowledged and never done.

    ``wrong``: done with another answer than the chart has. ``evaluated``: answers of ``$mmn-evaluate``; ``unaudited``:
    those without exactly one row in the audit. ``repeated``: patients with more rows than times that they were asked
    for. ``told``: messages to the webhook, each counted once; ``out_of_step``: those that do not follow from the one
    before, as a message that is lost or made twice would not. ``mistold``: patients of whom the webhook or the FHIR
    server was last told something else, or the server twice. ``days``: of the audit that are closed, ``changed``: those
    that ``mmn-cds audit verify`` finds changed.
    """

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    again: int = 0
    receipts: int = 0
    lost: int = 0
    wrong: int = 0
    evaluated: int = 0
    unaudited: int = 0
    repeated: int = 0
    told: int = 0
    out_of_step: int = 0
    mistold: int = 0
    days: int = 0
    changed: int = 0
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Nothing was lost or mixed up, nothing took effect twice, and the audit is what it was."""
        wrong = self.lost + self.wrong + self.unaudited + self.repeated + self.out_of_step + self.mistold + self.changed
        return self.acknowledged == self.receipts and not wrong and self.days > 0
