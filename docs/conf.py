"""Sphinx settings: MyST pages, numpydoc reference; no built page loads anything from the network."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "workforce_metrics"
author = "The workforce_metrics developers"
copyright = "2026, the workforce_metrics developers"
release = version = metadata.version("workforce-metrics")
language = "en-GB"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_design",
    "mathml",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_generate", "_extensions"]
suppress_warnings = ["config.cache"]
myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("workforce_metrics",),
    "filename_pattern": "/",
    "ignore_pattern": "quickstart",  # the README's main job: it writes files, and longer than an example
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "capture_repr": ("_repr_html_",),
    "show_memory": False,
    "min_reported_time": 3_600,  # a page says the same whenever it is made
    "write_computation_times": False,
}
myst_heading_anchors = 3
autosummary_generate = True
templates_path = ["_templates"]
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "workforce_metrics"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["workforce.css"]
html_math_renderer = "mathml"
html_sidebars = {"index": [], "changelog": [], "validation": [], "coverage": []}
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "show_nav_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
