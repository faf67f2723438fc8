"""A run that kills itself, as a machine does that loses its power: IN OUT STEP."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from service.evaluate import Evaluator
from service.screening.run import Wanted, screen


def main(place: str, out: str, step: int) -> None:
    """Run until so many steps have been told of."""
    told: list[str] = []

    def tell(name: str, *_: int) -> None:
        told.append(name)
        if len(told) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    wanted = Wanted([Path(place)], Path(out), Path(out) / "private/key", datetime(2026, 6, 1, tzinfo=UTC))
    screen(wanted, Evaluator.load(), lambda *_: None, tell)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
