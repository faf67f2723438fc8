"""The pictures of the page in docs/screenshots, made by ``make screenshots`` with the browser that the tests use."""

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from service.app import create_app
from service.settings import Settings
from tests.browser import chromium, served
from tests.shipped import shipped

FOLDER: Final = Path(__file__).parents[1] / "docs" / "screenshots"
WIDE: Final = {"width": 1360, "height": 1000}


def _show(page: Page, address: str, example: str) -> None:
    page.goto(address)
    page.get_by_label("Made-up patient or report").select_option(example)
    page.get_by_role("button", name="Show it").click()
    page.locator("article.result").wait_for()


def _take(page: Page, address: str) -> None:
    page.goto(address)
    page.screenshot(path=FOLDER / "first.png", clip={"x": 0, "y": 0, "width": 1360, "height": 800})
    _show(page, address, "08-report")
    page.screenshot(path=FOLDER / "why.png")
    page.locator(".picture").first.screenshot(path=FOLDER / "study.png")
    page.locator("summary", has_text="What if").click()
    page.get_by_label("How did the weakness develop?").select_option("slowly-progressive")
    page.get_by_label("When did the weakness begin?").fill("2024-03-01")
    page.get_by_label("In the first weeks").select_option("absent")
    page.locator("summary", has_text="Single muscles").click()
    page.get_by_label("First dorsal interosseous, right").select_option("3")
    page.get_by_label("Abductor pollicis brevis, right").select_option("4")
    page.locator("summary", has_text="Single muscles").click()
    page.get_by_label("All else that is asked here").check()
    page.get_by_text("was: Not classified").wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=FOLDER / "what-if.png")
    _show(page, address, "05-lost-response")
    page.locator(".picture", has=page.locator("svg.course")).screenshot(path=FOLDER / "course.png")
    page.goto(f"{address}/rules/mmn.conduction_block.definite")
    page.screenshot(path=FOLDER / "rule.png", clip={"x": 0, "y": 0, "width": 1360, "height": 900})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    app = create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped())
    with served(app) as url, chromium() as browser:
        _take(browser.new_page(viewport=WIDE), url)  # type: ignore[arg-type]  # a plain mapping does
