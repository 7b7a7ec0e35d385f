"""Plain text whose lines were broken to a width, as mail and old agencies' wires have it: a sentence runs over them.

Taken as they stand, half lines would be sentences, and a name over two lines no answer.
"""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

_WIDTHS = range(40, 121)
"""Characters of the longest line of such a text."""
_LEAST, _MOSTLY = 3, 0.8
"""So many lines end where the next word did not fit, and such a share of those within paragraphs; else it is chance."""
_OF_ITS_OWN = re.compile(r"\s|#|>|\||[-*+•]\s|\(?\w{1,3}[.)]\s|```|---|===|$")
"""How a line begins that is none of a paragraph: indented, a heading, a quotation, a table, an item, empty."""


def joined(text: str) -> str:
    """``text`` with a space for each line break that is there because the next word did not fit; of the same length."""
    lines = text.split("\n")
    width = max(map(len, lines))
    if width not in _WIDTHS:
        return text
    fences = list(accumulate(line.startswith("```") for line in lines))
    own = [
        fence % 2 == 1 or line.endswith(("  ", "\\")) or _OF_ITS_OWN.match(line) is not None
        for fence, line in zip(fences, lines, strict=True)
    ]
    inside = [not (one or other) for one, other in pairwise(own)]
    broken = [
        both and len(line) + 1 + len(following.split(" ", 1)[0]) > width
        for both, (line, following) in zip(inside, pairwise(lines), strict=True)
    ]
    after = list(zip(broken, lines[1:], strict=True))
    in_words = sum(goes_on and following[:1].islower() for goes_on, following in after)
    if sum(broken) < max(_LEAST, _MOSTLY * sum(inside)) or in_words < sum(broken) / 2:  # verses begin with capitals
        return text
    return lines[0] + "".join((" " if goes_on else "\n") + following for goes_on, following in after)
