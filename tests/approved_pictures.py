"""The pictures of ten patient folders, one approved file each; ``make approve`` writes them anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.domain.reading import Picture
from service.evaluate import Evaluator
from tests.patient_folders import ENTRY_LIMIT, PatientFolder, patient_folders

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation

APPROVED: Final = Path(__file__).parent / "approved_pictures"
NAMES: Final = (
    "amplitude-only-study",
    "block-across-the-elbow-only",
    "block-that-resolved-after-treatment",
    "carpal-tunnel-syndrome-with-loss-at-the-wrist-only",
    "crossing-fibres-in-the-forearm",
    "definite-block-between-axilla-and-erb-with-confirmed-stimulation",
    "definite-block-in-the-fibular-nerve-with-a-normal-sural-nerve",
    "definite-block-in-the-ulnar-forearm",
    "inexcitable-nerve",
    "probable-by-moderate-loss-in-two-nerves",
)


def pictures_of(folder: PatientFolder, evaluator: Evaluator) -> list[Picture]:
    """All that the sections of a folder's patients draw."""
    made: list[Evaluation] = []
    evaluator.evaluate_bundle(folder.bundle, folder.as_of, ENTRY_LIMIT, note=made.append)
    return [section.drawn() for each in made for section in each.sections.values() if section.drawn]


def pictures(evaluator: Evaluator) -> dict[str, str]:
    """File name and text of each."""
    folders = {folder.name: folder for folder in patient_folders()}
    return {f"{name}.svg": picture.svg + "\n" for name in NAMES for picture in pictures_of(folders[name], evaluator)}


if __name__ == "__main__":
    APPROVED.mkdir(exist_ok=True)
    for file, svg in pictures(Evaluator.load(None)).items():
        (APPROVED / file).write_text(svg, encoding="utf-8")
