"""``python -m qa`` is ``byline``."""

from qa.cli import main

main()
