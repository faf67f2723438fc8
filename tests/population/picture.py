"""The plot of docs/screening.md, from a run over the synthetic population: python -m tests.population.picture FOUND."""

import re
import sys
from pathlib import Path

_STYLE = (
    "<style>.met{fill:#1f6f43}.not_met{fill:#b8c4ce}.unknown{fill:#e9b44c}.interval{stroke:#1b1f24;stroke-width:2}"
    "text{font:13px sans-serif;fill:#1b1f24}</style>"
)


def main(found: Path) -> None:
    """Write the plot of a run's page as a file of its own."""
    page = (found / "page.html").read_text()
    plot = re.search(r"(<svg) (viewBox=[^>]*>)(.*?</svg>)", page, re.DOTALL)
    if plot:
        drawn = f'{plot[1]} xmlns="http://www.w3.org/2000/svg" {plot[2]}{_STYLE}{plot[3]}\n'
        Path("docs/screening.svg").write_text(drawn)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
