"""Passages with the sentence that answers taken away: they speak of all that is asked, and do not answer it.

The nearest miss there is, and what a library shows when the article that answers is not in it. Made by rule, where
SQuAD 2.0 had people write questions that a paragraph nearly answers (Rajpurkar et al., ACL 2018).
"""

from __future__ import annotations

from index.passages import sentence_spans
from qa.evaluate.metrics import holds_answer
from training.examples import Example, without_answers

LEAST_WORDS = 25
"""Shortest rest of a passage, in words, that is still worth asking over."""


def emptied(example: Example) -> Example | None:
    """The same question over its passage without the sentences that hold an accepted answer.

    None when too little is left, or when nothing had to be taken away.
    """
    accepted = [answer for answer, _ in example.answers]
    spans = sentence_spans(example.context)
    ends = [start for start, _ in spans[1:]] + [len(example.context)]
    pieces = [example.context[start:end] for (start, _), end in zip(spans, ends, strict=True)]
    kept = [
        piece
        for piece, (start, end) in zip(pieces, spans, strict=True)
        if not holds_answer(piece, accepted)
        and not any(start < at + len(text) and at < end for text, at in example.answers)
    ]
    rest = "".join(kept).strip()
    if len(kept) == len(pieces) or len(rest.split()) < LEAST_WORDS or holds_answer(rest, accepted):
        return None
    return without_answers(example, rest, f"{example.paragraph}/emptied")
