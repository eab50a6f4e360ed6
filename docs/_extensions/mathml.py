"""Write formulas as MathML, which browsers draw by themselves: no script, and nothing from the network.

The font that stretches brackets and sums is copied from a package into the site (STIX Two Math, Open Font License).
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from sphinx.util import logging
from sphinx.util.osutil import copyfile

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

FONT = "STIXTwoMath-Regular.ttf"


def mathml(tex: str, *, block: bool, where: Element | None = None) -> str:
    """Return one formula as a `math` element that carries its TeX for who copies it or has it read aloud."""
    found = convert(re.sub(r"\s+", " ", tex.strip()), display="block" if block else "inline")
    if "\\" in found:
        logging.getLogger(__name__).warning("formula with a command that is not known: %s", tex, location=where)
    label = re.sub(r"\s+", " ", tex.strip()).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return found.replace("<math", f'<math alttext="{label}"', 1)


def visit_inline(translator: HTML5Translator, node: Element) -> None:
    """Write a formula in the line."""
    translator.body.append(mathml(node.astext(), block=False, where=node))
    raise SkipNode


def visit_block(translator: HTML5Translator, node: Element) -> None:
    """Write a formula on a line of its own, which scrolls where it is wider than the screen."""
    formula = mathml(node.astext(), block=True, where=node)
    translator.body.append(f'<div class="math-block" tabindex="0">{formula}</div>\n')
    raise SkipNode


def copy_font(app: Sphinx, exception: Exception | None) -> None:
    """Put the font beside the style sheet that names it."""
    if exception is None and app.builder.format == "html":
        with resources.as_file(resources.files("ziamath") / "fonts" / FONT) as font:
            copyfile(font, Path(app.outdir) / "_static" / FONT)


def setup(app: Sphinx) -> dict[str, bool]:
    """Name the renderer; ``html_math_renderer = "mathml"`` chooses it."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("build-finished", copy_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
