"""The page in a real browser: by mouse and by keyboard, without and with scripts; axe finds nothing serious."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from service.app import create_app
from service.settings import Settings
from tests.browser import CHROMIUM, chromium, serious, served
from tests.shipped import shipped

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}: apt-get install chromium brings it"
)
REPORTS = Path(__file__).parent / "ncs_reports"
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped())) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The first page, opened; a line on the console, such as a breach of the policy, fails the test."""
    opened = browser.new_page(viewport={"width": 1360, "height": 900})
    told: list[str] = []
    opened.on("console", lambda message: told.append(message.text))
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.goto(address)
    yield opened
    opened.close()
    assert not told


def show(page: Page, example: str) -> None:
    page.get_by_label("Made-up patient or report").select_option(example)
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("article.result")).to_be_visible()


def test_an_example_is_shown_by_mouse_and_the_address_says_nothing_of_it(page: Page, address: str) -> None:
    show(page, "01-definite")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Definite")
    expect(page.locator("aside .card", has_text="Definite MMN")).to_be_visible()
    assert page.url == f"{address}/"


def test_a_report_is_pasted_and_read_by_keyboard_alone(page: Page) -> None:
    field = page.get_by_label("Paste a FHIR R4 Bundle")
    for _ in range(12):
        page.keyboard.press("Tab")
        if field.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.insert_text((REPORTS / "blocks_en.txt").read_text())
    button = page.get_by_role("button", name="Evaluate")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("article.result")).to_contain_text("Right ulnar forearm block")


def test_a_file_is_dropped_on_the_page(page: Page) -> None:
    text = (REPORTS / "blocks_es.txt").read_text()
    moved = page.evaluate_handle(
        "text => { const all = new DataTransfer(); all.items.add(new File([text], 'informe.txt')); return all; }", text
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": moved})
    expect(page.get_by_role("heading", name="The report, line by line")).to_be_visible()


def test_a_verdict_leads_to_the_resource_behind_it_and_to_its_rule(page: Page) -> None:
    show(page, "01-definite")
    link = page.locator("table.criteria small a", has_text="Observation/motor-ulnar-right").first
    link.click()
    expect(page.locator("details[open] pre", has_text="motor-ulnar-right").first).to_be_in_viewport()
    page.locator("table.criteria strong a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("C1")


@pytest.mark.parametrize(
    "example", ["01-definite", "02-class-open", "05-lost-response", "06-red-flag", "07-nothing", "08-report"]
)
def test_axe_finds_nothing_serious_in_a_result(page: Page, example: str) -> None:
    show(page, example)
    assert serious(page) == []


@pytest.mark.parametrize(
    "path", ["/", "/integrator", "/rules", "/rules/mmn.conduction_block.definite", "/rules/thresholds"]
)
def test_axe_finds_nothing_serious_in_what_anybody_may_open(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    assert serious(page) == []


def test_it_works_without_scripts(browser: Browser, address: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    show(page, "08-report")
    expect(page.locator("article.result")).to_contain_text("Right ulnar forearm block")
    page.context.close()


@pytest.mark.parametrize("example", ["01-definite", "05-lost-response", "08-report"])
def test_a_result_is_small_comes_from_here_alone_and_is_painted_after_one_sheet(
    browser: Browser, address: str, example: str
) -> None:
    page = browser.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # playwright marks what it is given
    page.goto(address)
    show(page, example)
    answers = [answer for request in asked if (answer := request.response()) is not None]
    assert len(answers) == len(asked)
    assert sum(int(answer.headers["content-length"]) for answer in answers) < MOST_BYTES
    assert all(request.url.startswith(address) for request in asked)
    # What the first paint waits for: the page and its sheet, and neither script nor font.
    waited_for = [
        request.resource_type for request in asked if request.resource_type not in ("script", "image", "other")
    ]
    assert waited_for == ["document", "stylesheet"] * 2
    page.close()


@pytest.mark.parametrize("width", [360, 500, 1360])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    show(page, "01-definite")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_if_is_live_by_keyboard_and_the_missing_findings_make_the_class(page: Page) -> None:
    show(page, "08-report")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Not classified")
    page.locator("summary", has_text="What if").focus()
    page.keyboard.press("Enter")
    page.get_by_label("How did the weakness develop?").select_option("slowly-progressive")
    page.get_by_label("When did the weakness begin?").fill("2024-03-01")
    page.get_by_label("In the first weeks").select_option("absent")
    page.locator("summary", has_text="Single muscles").click()
    page.get_by_label("First dorsal interosseous, right").select_option("3")
    page.get_by_label("Abductor pollicis brevis, right").select_option("4")
    page.get_by_label("All else that is asked here").focus()
    page.keyboard.press("Space")
    # Nothing was sent by a button: the script asked.
    expect(heading).to_have_text("Definite")
    expect(page.locator(".changed").first).to_be_visible()
    assert serious(page) == []


def test_what_if_works_without_scripts(browser: Browser, address: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    show(page, "01-definite")
    page.locator("summary", has_text="What if").click()
    page.get_by_label("Plantar response, right").select_option("extensor")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Excluded")
    page.context.close()


def test_the_study_is_drawn_and_can_be_read_as_a_table(page: Page) -> None:
    show(page, "01-definite")
    expect(page.locator("svg.study .segment.definite")).to_be_visible()
    page.get_by_text("The same as a table").first.click()
    expect(page.get_by_role("cell", name="definite block", exact=True)).to_be_visible()


def test_the_course_is_drawn_and_its_table_is_reached_by_keyboard(page: Page) -> None:
    show(page, "05-lost-response")
    expect(page.locator("svg.course path.worse")).to_be_visible()
    course = page.locator("section", has=page.get_by_role("heading", name="Course over time"))
    course.get_by_role("group", name="Course over time: picture").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(course.get_by_role("cell", name="worse by 10 kPa")).to_be_visible()
    assert serious(page) == []
