"""Sphinx settings: MyST pages, numpydoc reference, no network."""

from importlib import metadata

project = "workforce_metrics"
author = "The workforce_metrics developers"
copyright = "2026, the workforce_metrics developers"
release = metadata.version("workforce-metrics")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "sphinx_gallery.gen_gallery"]
exclude_patterns = ["_build"]
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
html_theme = "pydata_sphinx_theme"
html_title = "workforce_metrics"
html_show_sourcelink = False
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
