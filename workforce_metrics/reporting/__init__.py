"""Suppressed results to one report that a board can read: a page, a spreadsheet, a text."""
