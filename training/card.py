"""Write the reader's model card from what was measured: ``python -m training.card --reader FOLDER``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

CARD = """---
license: cc-by-sa-4.0
language: en
pipeline_tag: question-answering
---

# The Byline reader

A span reader with no-answer: MiniLM-L6 (all-MiniLM-L6-v2, Apache-2.0; 22.7 million weights, float16), a standard
`AutoModelForQuestionAnswering` folder. The first token's score is that of "this passage does not answer".

## How it was made

`make reader DATA=folder` (`training/`): two stages of one epoch each, seed {seed}, batches of {tokens} tokens,
learning rate {learning_rate}, at most {max_tokens} tokens a passage; eager attention, no dropout, bfloat16 where
the processor multiplies it, word embeddings frozen, fused AdamW. The loss is over the passage's tokens and the first.
The second stage adds questions of which only the answer's sentence is known (any span in it counts as right).

| data | use | licence |
|---|---|---|
| SQuAD 2.0 dev, 8 articles | questions with and without answer | CC BY-SA 4.0 |
| squadshifts new_wiki, 31 of its articles; reddit; Amazon reviews | questions | CC BY 4.0 |
| QAMR, several sentences stitched into a passage | questions on Wikinews and Wikipedia | MIT |
| TweetQA | questions on tweets in the news | CC BY-SA |
| natural questions (oracle passages) | search queries | CC BY-SA |
| SQuAD train, 10,000 questions with their answer sentence (ReQA) | second stage | CC BY-SA |
| Quoref contrast set, FairytaleQA | coreference; stories | CC BY, Apache-2.0 |

Negatives: of 75% of the Wikipedia questions and 30 to 40% of the others, asked again over one of the 12 passages of the
same set nearest to the question that holds no accepted answer. `training/examples.py` keeps the articles reported on
out, and `check_split` asserts it.

## Measured

Reading, a question and its own paragraph (`python -m training.measure`), on articles that no choice was made on:

| set | questions | EM | F1 |
|---|---|---|---|
{reading}

Certainty (`python -m training.calibrate`): fitted on {fitted} development questions of the open Wiki
library, a third of the answerable ones with their paragraph taken away. Ten-fold cross-validated: expected
calibration error {ece:.3f}; at 0.5 it answers {coverage:.0%} of the questions and {precision:.0%} of those
answers are right (F1 of at least 0.5).

## What it is bad at

English only. Spans only: no counting, no arithmetic, no yes or no, no reasoning over several sentences or passages. It
is easily led by a passage that matches the question's words and not its meaning, and by a changed name, number or date.
"""


def card(folder: Path) -> str:
    """The card of the reader in ``folder``, from its recipe, calibration and measured figures."""
    recipe, measured, fitted = (_read(folder, name) for name in ("recipe", "measured", "calibration"))
    return CARD.format(
        **recipe,
        reading="\n".join(_rows(measured)),
        fitted=fitted["fitted_on"]["questions"],
        ece=fitted["cross_validated"]["ece"],
        coverage=fitted["cross_validated"]["coverage_at_0.5"],
        precision=fitted["cross_validated"]["precision_at_0.5"],
    )


def _rows(measured: dict[str, Any]) -> list[str]:
    rows = []
    for name, figures in measured.items():
        answerable = figures["answerable"]
        rows.append(_row(f"{name}, answerable", answerable["questions"], answerable))
        if "with_no_answer" in figures:
            every = figures["with_no_answer"]
            threshold = f"with no-answer (best margin {every['best_threshold']})"
            rows.append(_row(f"{name}, {threshold}", figures["questions"], every))
    return rows


def _row(name: str, count: int, scores: dict[str, float]) -> str:
    return f"| {name} | {count:,} | {100 * scores['exact_match']:.1f} | {100 * scores['f1']:.1f} |"


def _read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Write README.md into the reader's folder."""
    parser = argparse.ArgumentParser(
        prog="python -m training.card",
        description=__doc__.splitlines()[0],
        epilog="example: python -m training.card --reader qa/weights/reader",
    )
    parser.add_argument("--reader", type=Path, default=Path(".byline/reader/model"), help="folder of the reader")
    options = parser.parse_args()
    (options.reader / "README.md").write_text(card(options.reader), encoding="utf-8")


if __name__ == "__main__":
    main()
