"""Files, archives, addresses and feeds to articles: one reader a format, all through ``read_source``."""

from index.sources.choice import Choice
from index.sources.document import Problem
from index.sources.parsing import SUFFIXES
from index.sources.reading import Unit, read_source, units_of

__all__ = ["SUFFIXES", "Choice", "Problem", "Unit", "read_source", "units_of"]
