"""The examples of the page, made of patient folders and of sample reports; ``make examples`` writes them anew."""

from pathlib import Path
from typing import Final

import orjson

from service.web.page.examples import FOLDER
from tests.patient_folders import patient_folders

_REPORTS: Final = Path(__file__).parent / "ncs_reports"
# In the order in which they are offered: a word for the file, the folder or report, and the title.
CHARTS: Final = (
    ("definite", "definite-block-in-the-ulnar-forearm", "Definite: block in the right forearm"),
    ("class-open", "no-sensory-study-of-the-blocked-nerve", "Block found, but no sensory study of that nerve"),
    ("amplitudes", "amplitude-only-study", "A study without areas"),
    ("resolved", "block-that-resolved-after-treatment", "A block that is gone under treatment"),
    ("lost-response", "response-lost-after-the-first-of-four-courses", "Response to treatment lost"),
    ("red-flag", "upper-motor-neuron-signs-present", "Upper motor neuron signs"),
    ("nothing", "nothing-points-to-mmn", "A chart that gets no card"),
)
REPORTS: Final = (
    ("report", "blocks_en.txt", "2026-03-05T09:00:00Z", "A laboratory's report as text"),
    ("report-spanish", "blocks_es.txt", "2026-03-05T09:00:00Z", "A report in Spanish, with decimal commas"),
)


def written() -> dict[str, bytes]:
    """File name and content of every example."""
    folders = {folder.name: folder for folder in patient_folders()}
    made: dict[str, object] = {}
    for word, name, title in CHARTS:
        folder = folders[name]
        made[word] = {"title": title, "asOf": folder.expected["asOf"], "bundle": folder.bundle}
    for word, name, moment, title in REPORTS:
        made[word] = {"title": title, "asOf": moment, "report": (_REPORTS / name).read_text(encoding="utf-8")}
    return {
        f"{number:02}-{word}.json": orjson.dumps(content, default=float, option=orjson.OPT_INDENT_2) + b"\n"
        for number, (word, content) in enumerate(made.items(), 1)
    }


if __name__ == "__main__":
    for file, content in written().items():
        (FOLDER / file).write_bytes(content)
