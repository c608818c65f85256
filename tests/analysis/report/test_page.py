"""The page in a real browser: Debian's Chromium, which nothing leaves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, sync_playwright

from lambda_guard.analysis.report import overview, page
from lambda_guard.analysis.report.invokes import Edge, mermaid
from lambda_guard.runtime.types import printable

MODULES = Path(__file__).resolve().parents[3] / "node_modules"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
ADDRESS = "http://report.example/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for the tests of this module."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not here: install Debian's chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


class Opened:
    """A page that is open. errors: what its console said. left: addresses that it asked for."""

    def __init__(self, browser: Browser, text: str, **options: Any) -> None:
        self.errors: list[str] = []
        self.left: list[str] = []
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._dismiss)

        def answer(route: Route) -> None:
            if route.request.url == ADDRESS and route.request.is_navigation_request():
                route.fulfill(body=text, content_type="text/html; charset=utf-8")
            else:
                self.left.append(route.request.url)
                route.abort()

        self.context.route("**/*", answer)
        self.page.goto(ADDRESS)

    def _dismiss(self, dialog: Dialog) -> None:
        self.errors.append(dialog.message)
        dialog.dismiss()

    def column(self, table: str, number: int) -> list[str]:
        """Return the texts of a column, of the rows that are to be seen."""
        rows: list[str] = self.page.evaluate(
            "([table, n]) => [...document.querySelectorAll(`table[data-filter=${table}] tbody tr`)]"
            ".filter((row) => row.checkVisibility()).map((row) => row.cells[n].textContent.trim())",
            [table, number],
        )
        return rows

    def head(self, table: str, name: str) -> Any:
        """Return the button above a column."""
        return self.page.locator(f"table[data-filter={table}] thead").get_by_role("button", name=name, exact=True)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Open pages, and hold each to what holds for all: no word in the console, and no request that leaves."""
    all_opened: list[Opened] = []

    def open_one(text: str, **options: Any) -> Opened:
        all_opened.append(Opened(browser, text, **options))
        return all_opened[-1]

    yield open_one
    for one in all_opened:
        one.context.close()
        assert (one.errors, one.left) == ([], [])


@pytest.fixture(scope="module")
def large_page(large: Any) -> str:
    """The page of 300 functions."""
    return page.render(overview.of(large))


@pytest.fixture(scope="module")
def small_page(small: Any) -> str:
    """The page of a few functions."""
    return page.render(overview.of(small))


def test_the_page_of_300_functions_is_one_file_below_a_megabyte(large_page: str) -> None:
    assert len(large_page.encode()) < 1_000_000
    assert not re.search(r"""(src|href)=["'](?!#|data:,)""", large_page)


def test_it_renders_whole(opened: Any, large_page: str, large: Any) -> None:
    shown = opened(large_page)
    assert shown.page.get_by_role("heading", level=2).count() == 8
    assert len(shown.column("functions", 0)) == 300
    assert len(shown.column("findings", 0)) == len(large.findings)
    assert shown.page.locator("svg.graph .node").count() > 150
    for link in shown.page.locator("a[href^='#']").all()[:40]:
        assert shown.page.locator(link.get_attribute("href") or "-").count() == 1


def numbers(texts: list[str]) -> list[int]:
    return [int(text.replace(",", "")) for text in texts]


def test_columns_sort_both_ways_with_the_mouse_and_the_keyboard(opened: Any, large_page: str) -> None:
    shown = opened(large_page)
    header = shown.head("functions", "invocations")
    header.click()
    assert numbers(shown.column("functions", 5)) == sorted(numbers(shown.column("functions", 5)), reverse=True)
    cell = shown.page.locator("table[data-filter=functions] th[aria-sort]")
    assert cell.get_attribute("aria-sort") == "descending"
    header.press("Enter")
    assert numbers(shown.column("functions", 5)) == sorted(numbers(shown.column("functions", 5)))
    assert cell.get_attribute("aria-sort") == "ascending"
    shown.head("tables", "table").press("Space")
    names = shown.column("tables", 1)
    assert names == sorted(names, key=lambda name: int(name.rpartition("-")[2])), "numbers in names count as numbers"
    assert len(names) == 300


def test_a_filter_keeps_the_rows_with_all_its_words(opened: Any, large_page: str) -> None:
    shown = opened(large_page)
    box = shown.page.get_by_role("searchbox", name="Filter: Functions, their numbers and verdicts")
    box.fill("Billing not ready")
    names = shown.column("functions", 0)
    assert names
    assert all("billing" in name for name in names)
    status = box.locator("xpath=..").get_by_role("status")
    assert status.text_content() == f"{len(names)} of 300 rows"
    box.fill('"shop-orders-000"')
    assert shown.column("functions", 0) == ["shop-orders-000"]
    box.fill("")
    assert len(shown.column("functions", 0)) == 300


@pytest.mark.parametrize(
    ("table", "into", "of"), [("functions", "findings", 1), ("invokes", "findings", 1), ("routes", "findings", 1)]
)
def test_a_number_leads_to_what_it_is_made_of(opened: Any, small_page: str, table: str, into: str, of: int) -> None:
    shown = opened(small_page)
    link = shown.page.locator(f"table[data-filter={table}] tbody a[data-in={into}]").first
    wanted = link.get_attribute("data-show")
    link.click()
    names = shown.column(into, of)
    assert set(names) == {wanted}
    if table == "functions":
        total = sum(numbers(shown.column(into, 4)))
        assert link.text_content() == f"{total:,}"
    assert shown.page.evaluate("location.hash") == f"#{into}"


def test_the_number_of_ready_functions_leads_to_them(opened: Any, large_page: str, large: Any) -> None:
    shown = opened(large_page)
    shown.page.locator("a[data-column]").click()
    assert set(shown.column("functions", 1)) == {"ready"}
    assert len(shown.column("functions", 0)) == overview.of(large).ready > 0


def test_every_table_is_whole_without_a_script(opened: Any, large_page: str) -> None:
    shown = opened(large_page, java_script_enabled=False)
    assert shown.page.locator("table[data-filter=functions] tbody tr").count() == 300
    assert shown.page.get_by_role("searchbox").count() == 0


def test_on_paper_everything_stands_and_no_tool(opened: Any, small_page: str) -> None:
    shown = opened(small_page)
    shown.page.emulate_media(media="print")
    assert not shown.page.get_by_role("navigation").is_visible()
    assert not shown.page.locator(".tools").first.is_visible()
    cut = shown.page.evaluate(
        "[...document.querySelectorAll('.wide, .scroll')]"
        ".filter((one) => getComputedStyle(one).overflowY !== 'visible').length"
    )
    assert cut == 0


def test_a_phone_scrolls_tables_and_never_the_page_sideways(opened: Any, small_page: str) -> None:
    shown = opened(small_page, viewport={"width": 390, "height": 844})
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390


def axe(page: Page) -> list[str]:
    """Return the serious and critical violations that axe-core finds, with the first place of each."""
    script = MODULES / "axe-core" / "axe.min.js"
    if not script.exists():
        pytest.skip("axe-core is not here: `make node_modules/.installed` gets it")
    page.add_script_tag(content=script.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_it(opened: Any, small_page: str, scheme: str, width: int) -> None:
    """By axe-core's rules, contrast among them."""
    shown = opened(small_page, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    assert axe(shown.page) == []


def test_axe_would_find_what_is_wrong(opened: Any, small_page: str) -> None:
    shown = opened(small_page.replace("--text: #1a1d21", "--text: #ccc"), bypass_csp=True)
    assert any(found.startswith("color-contrast") for found in axe(shown.page))


class Outline(HTMLParser):
    """Counts elements, and notes attributes that run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: dict[str, int] = {}
        self.running: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] = self.elements.get(tag, 0) + 1
        self.running += [name for name, _ in attrs if name.startswith("on")]


def test_hostile_names_are_text(opened: Any, hostile: Any, read: Any, names: tuple[str, ...]) -> None:
    text = page.render(overview.of(read(hostile)))
    outline = Outline(text)
    assert (outline.elements["script"], outline.elements["style"], outline.running) == (1, 1, [])
    assert "img" not in outline.elements
    shown = opened(text)
    wanted = sorted(" ".join(printable(name, 400).split()) for name in names)
    for table in ("functions", "invokes", "tables"):
        assert sorted(" ".join(name.split()) for name in shown.column(table, 0)) == wanted, table
    assert all(one.isprintable() or one == "\n" for one in text)
    link = shown.page.locator("table[data-filter=functions] tbody a[data-in=findings]")
    for number in range(len(names)):
        link.nth(number).click()
        assert len(shown.column("findings", 0)) == 5


def test_a_report_of_next_to_nothing_is_a_page_too(opened: Any, lines: Any, read: Any) -> None:
    lines.attached("orders", account=None)
    shown = opened(page.render(overview.of(read(lines))), bypass_csp=True)
    assert shown.column("functions", 0) == ["orders"]
    assert "No function was seen to invoke another." in (shown.page.text_content("main") or "")
    assert axe(shown.page) == []


def test_mermaid_reads_hostile_names_as_names(opened: Any, names: tuple[str, ...]) -> None:
    """As GitHub and others do, where such a graph is pasted."""
    script = MODULES / "mermaid" / "dist" / "mermaid.min.js"
    if not script.exists():
        pytest.skip("Mermaid is not here: `make node_modules/.installed` gets it")
    shown = opened("<!doctype html><link rel=icon href='data:,'><title>t</title>")
    shown.page.add_script_tag(content=script.read_text())
    graph = mermaid(Edge("caller", printable(name), 1, "would_block") for name in names)
    labels = shown.page.evaluate(
        """async (graph) => {
            mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
            document.body.innerHTML = (await mermaid.render("graph", graph)).svg;
            return [...document.querySelectorAll(".nodeLabel")].map((label) => label.textContent);
        }""",
        graph,
    )
    assert sorted(labels) == sorted(["caller", *map(printable, names)])
