"""Files to articles: one reader a format, all through ``read_source``."""

from index.sources.files import SUFFIXES, Problem, read_source

__all__ = ["SUFFIXES", "Problem", "read_source"]
