"""Check a built site: every link inside it leads somewhere, and no page loads anything from the network.

    python docs/check_site.py docs/_build/html

Links to other sites are for readers to follow and are not opened.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {
    **dict.fromkeys(("script", "img", "iframe", "source", "video", "audio", "embed"), "src"),
    "link": "href",
    "use": "href",
    "object": "data",
}
"""What a browser fetches by itself. Of `link` only the kinds that are fetched: not `canonical`, `next` and the like."""
FETCHED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch", "manifest", "prefetch"}
IN_STYLE = re.compile(r"@import\s+[\"']?https?:|url\(\s*[\"']?(?:https?:)?//")


class Page(HTMLParser):
    """The links, anchors and loaded addresses of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down what one element points at."""
        said = {name: value or "" for name, value in attrs}
        self.anchors |= {said[name] for name in ("id", "name") if said.get(name)}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if tag in LOADING and (tag != "link" or FETCHED_LINKS & set(said.get("rel", "").split())):
            self.loaded.append(said.get(LOADING[tag], ""))
        if "url(" in said.get("style", ""):
            self.loaded += re.findall(r"url\(\s*[\"']?([^\"')]+)", said["style"])


def faults(site: Path) -> Iterator[str]:
    """Yield every fault of the site, in words."""
    site = site.resolve()
    files = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in files}
    if not pages:
        yield f"{site.name}: no page"
    for path, page in pages.items():
        name = path.relative_to(site)
        for address in dict.fromkeys(page.loaded):
            if is_elsewhere(address):
                yield f"{name}: loads {address} from the network"
            elif address and not there(address, path):
                yield f"{name}: {address} is not there"
        for link in dict.fromkeys(page.links):
            if not leads_somewhere(link, path, pages):
                yield f"{name}: {link} leads nowhere"
    for sheet in sorted(site.rglob("*.css")):
        if IN_STYLE.search(sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site)}: loads something from the network"


def is_elsewhere(address: str) -> bool:
    """Return whether an address is another site's."""
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme in {"http", "https"}


def there(address: str, path: Path) -> bool:
    """Return whether a file of the site is at an address; data within the page is."""
    parts = urlsplit(address)
    return parts.scheme == "data" or (path.parent / unquote(parts.path)).exists()


def leads_somewhere(link: str, path: Path, pages: dict[Path, Page]) -> bool:
    """Return whether a link leads to another site, or to a page of this one and an anchor that it has."""
    parts = urlsplit(link)
    if is_elsewhere(link) or parts.scheme in {"mailto", "data", "javascript"}:
        return True
    target = Path(os.path.normpath(path.parent / unquote(parts.path))) if parts.path else path
    if target not in pages:
        return target.exists()
    anchor = unquote(parts.fragment)
    return not anchor or anchor in pages[target].anchors


def main() -> int:
    """Print the faults of the site named on the command line; 1 where there are any."""
    found = list(faults(Path(sys.argv[1])))
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
