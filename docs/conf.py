"""Sphinx settings: MyST pages, numpydoc reference, no network."""

from importlib import metadata

project = "workforce_metrics"
author = "The workforce_metrics developers"
copyright = "2026, the workforce_metrics developers"
release = metadata.version("workforce-metrics")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = "workforce_metrics"
html_show_sourcelink = False
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
