"""The check of the built site finds what it is for: links that lead nowhere, and what is loaded from the network."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "check_site.py"


@pytest.fixture(scope="module")
def faults() -> object:
    spec = importlib.util.spec_from_file_location("check_site", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.faults


def site(folder: Path, body: str, style: str = "") -> Path:
    (folder / "deep").mkdir()
    (folder / "index.html").write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    (folder / "deep" / "page.html").write_text('<h1 id="here">Here</h1>', encoding="utf-8")
    (folder / "style.css").write_text(style, encoding="utf-8")
    return folder


SOUND = (
    '<a href="deep/page.html#here">a</a> <a href="#own" id="own">b</a> <a href="https://example.org/x">c</a>'
    '<link rel="stylesheet" href="style.css?digest=1"><link rel="canonical" href="https://example.org/">'
    '<img src="data:image/png;base64,AA=="><a href="mailto:someone@example.org">d</a>'
)


def test_a_sound_site_has_no_fault(faults, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert list(faults(site(tmp_path, SOUND, 'a { background: url("x.png") }'))) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">a</a>', "index.html: gone.html leads nowhere"),
        ('<a href="deep/page.html#there">a</a>', "index.html: deep/page.html#there leads nowhere"),
        ('<a href="#there">a</a>', "index.html: #there leads nowhere"),
        ('<script src="https://cdn.org/x.js"></script>', "index.html: loads https://cdn.org/x.js from the network"),
        ('<script src="//cdn.org/x.js"></script>', "index.html: loads //cdn.org/x.js from the network"),
        ('<img src="http://example.org/x.png">', "index.html: loads http://example.org/x.png from the network"),
        ('<link rel="preconnect" href="https://f.org">', "index.html: loads https://f.org from the network"),
        ('<img src="gone.png">', "index.html: gone.png is not there"),
        ('<p style="background: url(https://e.org/x.png)">', "index.html: loads https://e.org/x.png from the network"),
    ],
)  # fmt: skip
def test_a_fault_is_named(faults, tmp_path: Path, body: str, fault: str) -> None:  # type: ignore[no-untyped-def]
    assert list(faults(site(tmp_path, body))) == [fault]


@pytest.mark.parametrize(
    "style", ["@import 'https://example.org/x.css';", 'a { src: url("https://f/x") }', "a { src: url(//f/x) }"]
)
def test_style_sheets_load_nothing(faults, tmp_path: Path, style: str) -> None:  # type: ignore[no-untyped-def]
    assert list(faults(site(tmp_path, "", style))) == ["style.css: loads something from the network"]


def test_a_folder_without_pages_is_a_fault(faults, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert len(list(faults(tmp_path))) == 1
