"""The pictures of some patient folders, one approved file each; ``make approve`` writes them anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.domain.reading import Picture
from service.evaluate import Evaluator
from service.pictures.all_pictures import pictures_of as pictures_of_patient
from tests.patient_folders import ENTRY_LIMIT, PatientFolder, patient_folders
from tests.shipped import shipped

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation

APPROVED: Final = Path(__file__).parent / "approved_pictures"
STUDIES: Final = (
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
COURSES: Final = (
    "distal-amplitude-falls-over-four-years-of-treatment",
    "disability-grows-while-grip-holds",
    "grip-falls-after-the-second-course",
    "left-and-right-hand-are-not-compared",
    "one-hand-better-and-the-other-worse-lifts-no-class",
    "response-lost-after-the-first-of-four-courses",
    "scores-fall-fast-without-treatment",
    "small-steps-add-up-over-four-courses",
    "stable-response-of-half-a-year",
)


def pictures_of(folder: PatientFolder, evaluator: Evaluator) -> list[Picture]:
    """All pictures of a folder's patients."""
    made: list[Evaluation] = []
    evaluator.evaluate_bundle(folder.bundle, folder.as_of, ENTRY_LIMIT, note=made.append)
    return [picture for each in made for picture in pictures_of_patient(each)]


def pictures(evaluator: Evaluator) -> dict[str, str]:
    """File name and text of each."""
    folders = {folder.name: folder for folder in patient_folders()}
    wanted = [*((name, "study", name) for name in STUDIES), *((name, "course", f"course-{name}") for name in COURSES)]
    return {
        f"{file}.svg": picture.svg + "\n"
        for name, kind, file in wanted
        for picture in pictures_of(folders[name], evaluator)
        if picture.name == kind
    }


if __name__ == "__main__":
    APPROVED.mkdir(exist_ok=True)
    for file, svg in pictures(shipped()).items():
        (APPROVED / file).write_text(svg, encoding="utf-8")
