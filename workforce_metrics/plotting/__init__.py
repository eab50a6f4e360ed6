"""Tidy frames to matplotlib axes: the only room that imports matplotlib; knows no result class."""
