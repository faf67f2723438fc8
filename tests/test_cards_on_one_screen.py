"""All cards of an answer fit one screen, 1,000 px high at the 500 px of an EHR's panel, measured in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from service.app import create_app
from service.settings import Settings
from tests.browser import CHROMIUM, chromium, served
from tests.patient_folders import PATIENTS, patient_folders
from tests.shipped import shipped

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}: apt-get install chromium brings it"
)
FOLDERS = {folder.name: folder for folder in patient_folders()}
WIDTH, HEIGHT = 500, 1000
# The cards of a page, by themselves in a column as wide as an EHR's panel; of several patients the tallest.
_HEIGHT = """async ([chart, asOf, width]) => {
  const form = new FormData();
  form.set("chart", chart);
  form.set("asOf", asOf);
  const answer = await fetch("./", {method: "POST", body: form});
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = document.querySelector("main");
  const heights = [...page.querySelectorAll("aside.cards")].map((aside) => {
    main.replaceChildren(...aside.querySelectorAll(".card"));
    return main.scrollHeight;
  });
  return Math.max(0, ...heights);
}"""


@pytest.fixture(scope="module")
def panel() -> Iterator[Page]:
    app = create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped())
    with served(app) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(address)
        page.evaluate("for (const each of document.querySelectorAll('.top, footer')) each.remove()")
        page.evaluate("document.querySelector('main').style.padding = 0")
        yield page


def height_of(name: str, panel: Page) -> int:
    chart = (PATIENTS / name / "bundle.json").read_text(encoding="utf-8")
    found: Any = panel.evaluate(_HEIGHT, [chart, FOLDERS[name].expected["asOf"], WIDTH])
    return int(found)


@pytest.mark.parametrize("name", FOLDERS)
def test_all_cards_fit_one_screen(name: str, panel: Page) -> None:
    assert height_of(name, panel) <= HEIGHT
