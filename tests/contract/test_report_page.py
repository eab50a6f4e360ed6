"""The report's page: valid, accessible, without network or script, and no wider than a phone."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import workforce_metrics as wm

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LEAST_CONTRAST = 4.5
PHONE = 360
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=10000",
)  # fmt: skip
LONG = "An organisation with-an-unreasonably-long-name-that-nothing-ever-breaks-of-its-own-accord-anywhere"
VOID = {"meta", "img", "br", "link"}
MEASURE = """
<!DOCTYPE html><meta charset="utf-8"><body style="margin:0"><iframe style="width:{width}px;height:2000px;border:0"
srcdoc="{page}"></iframe><script>
addEventListener("load", () => {{
  const inner = document.querySelector("iframe").contentDocument;
  const wide = [...inner.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > {width} + 1 && !one.closest(".scroll, .picture"));
  const tables = inner.querySelectorAll("table").length;
  document.title = `${{inner.documentElement.scrollWidth}} ${{wide.length}} ${{tables}}`;
}});
</script>
"""


class Page(HTMLParser):
    """Every element with its attributes, its parents and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[dict[str, object]] = []
        self.open: list[dict[str, object]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parents = [parent["tag"] for parent in self.open]
        element: dict[str, object] = {"tag": tag, "text": "", "parents": parents, **dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element["text"] = f"{element['text']}{data}"

    def all(self, *tags: str) -> list[dict[str, object]]:
        return [element for element in self.elements if element["tag"] in tags]


@pytest.fixture(scope="module")
def html() -> str:
    extract = wm.simulate_staff_survey(400, seed=2, n_organisations=3).extract
    survey = wm.read_staff_survey(extract, edition=2024, weight="weight")
    rows = wm.simulate_register(900, seed=2).extract
    register = wm.read_register(
        rows, columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed"},
        observed_from="2015-04-01", observed_to="2025-03-31", date_formats=["%Y-%m-%d"], definition="left",
    )  # fmt: skip
    return wm.report(
        survey=survey, register=register, by="org_name", organisation=LONG, notes=f"{LONG}: <b>notes</b> & more",
        indicators=["burnout", "morale", "team_working", "staff_engagement"],
    ).html  # fmt: skip


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_is_valid_html(html: str) -> None:
    html5lib = pytest.importorskip("html5lib", reason="html5lib, which checks the page, is not installed")

    html5lib.HTMLParser(strict=True).parse(html)  # raises at the first error


def test_there_is_one_heading_of_the_first_order_and_none_is_skipped(page: Page) -> None:
    levels = [int(str(element["tag"])[1]) for element in page.all("h1", "h2", "h3", "h4")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_landmarks_and_a_way_past_the_contents(page: Page) -> None:
    ids = {element.get("id") for element in page.elements}
    links = [str(element["href"]) for element in page.all("a")]

    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.all(landmark)) == 1
    assert page.all("html")[0]["lang"] == "en-GB"
    assert links[0] == "#main"
    assert all(link.removeprefix("#") in ids for link in links)
    assert [link.removeprefix("#") for link in links[1:]] == [element["id"] for element in page.all("section")]


def test_ids_are_unique_and_labels_lead_to_them(page: Page) -> None:
    ids = [str(element["id"]) for element in page.elements if "id" in element]
    labels = [str(element["aria-labelledby"]) for element in page.elements if "aria-labelledby" in element]

    assert len(ids) == len(set(ids))
    assert set(labels) <= set(ids)


def test_every_picture_has_words(page: Page) -> None:
    pictures = page.all("img")

    assert len(pictures) >= 3
    for picture in pictures:
        assert re.search(r"\d", str(picture["alt"]))
        assert str(picture["src"]).startswith("data:image/svg+xml;base64,")
        assert "figure" in picture["parents"]  # type: ignore[operator]


def test_every_table_has_a_caption_and_headers_with_a_scope(page: Page) -> None:
    tables = page.all("table")

    assert len(tables) >= 3
    assert len(page.all("caption")) == len(tables)
    for head in page.all("th"):
        assert head["scope"] == ("col" if "thead" in head["parents"] else "row")  # type: ignore[operator]
    assert not [element for element in page.all("td") if "thead" in element["parents"]]  # type: ignore[operator]


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(page: Page) -> None:
    regions = [element for element in page.elements if element.get("role") == "region"]

    assert len(regions) == len(page.all("table")) + len(page.all("img"))
    for region in regions:
        assert region["tabindex"] == "0"
        assert region.get("aria-label") or region.get("aria-labelledby")


def test_nothing_runs_and_nothing_is_fetched(html: str, page: Page) -> None:
    style = str(page.all("style")[0]["text"])

    assert not page.all("script", "link", "iframe", "object", "embed", "form", "base")
    assert not [name for element in page.elements for name in element if name.startswith("on")]
    assert "url(" not in style
    assert "@import" not in style
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", html)
    assert len(html.encode("utf-8")) < 3_000_000


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def palettes(html: str) -> Iterator[dict[str, str]]:
    for block in re.findall(r":root \{(.*?)\}", html, flags=re.DOTALL):
        yield colours(block)


def test_text_can_be_read_in_light_dark_and_print(html: str) -> None:
    found = list(palettes(html))

    assert len(found) == 3
    for palette in found:
        for name in ("ink", "quiet", "accent"):
            light, dark = sorted((luminance(palette[name]), luminance(palette["paper"])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to lay the page out (Debian: apt-get install chromium)")
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_no_element_is_wider_than_the_screen(html: str, tmp_path: Path, width: int) -> None:
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(MEASURE.format(width=width, page=escape(html)), encoding="utf-8")

    made = subprocess.run(  # noqa: S603 - our own page in a browser of the machine
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", wrapper.as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip

    found = re.search(r"<title>(\d+) (\d+) (\d+)</title>", made.stdout)
    assert found is not None
    assert int(found[1]) <= width
    assert int(found[2]) == 0
    assert int(found[3]) == html.count("<table")
