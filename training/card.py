"""Write the reader's model card from what was measured: ``python -m training.card --reader FOLDER``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from training.libraries import written_libraries
from training.written import PASSAGES, written_news, written_quiz

CARD = """---
license: cc-by-sa-4.0
language: en
pipeline_tag: question-answering
---

# The Byline reader

A span reader with no-answer: MiniLM-L6 (all-MiniLM-L6-v2, Apache-2.0; 22.7 million weights, float16), a standard
`AutoModelForQuestionAnswering` folder. The first token's score is that of "this passage does not answer".

## How it was made

{how}

| data | use | licence |
|---|---|---|
| SQuAD 2.0 dev, 8 articles | questions with and without answer | CC BY-SA 4.0 |
| squadshifts new_wiki, 31 of its articles; reddit; Amazon reviews | questions | CC BY 4.0 |
| QAMR, several sentences stitched into a passage | questions on Wikinews and Wikipedia | MIT |
| TweetQA | questions on tweets in the news | CC BY-SA |
| natural questions (oracle passages; QED) | search queries | CC BY-SA |
| SQuAD train, 10,000 questions with their answer sentence (ReQA) | runs 2 to 4, 17 on | CC BY-SA |
| Quoref contrast set, FairytaleQA | coreference; stories | CC BY, Apache-2.0 |
| BioASQ (golden, from 17 on) | biomedical questions | CC BY |
| `training/written/`: written by the project's sessions, that is by a language model | from run 5 on | the project's |

Passages that do not answer hold no accepted answer: in runs 1 and 2 one of the 12 of the same set nearest to the
question by the embedder, for a third to three quarters of the questions; later what the retriever ranks highest.
`training/examples.py` keeps the articles reported on out. Until run 19 whole passages were compared for that, so
that the runs saw sentences of four passages reported on, in QAMR and two other sets (32 of the 4,165 questions are
asked over those passages); now nothing is trained on that shares twelve words in a row with one (`training/held.py`).

## Measured

Reading, a question and its own paragraph (`python -m training.measure`), on articles that were neither trained on nor
chosen by, but that run 15 was dropped for what they showed:

| set | questions | EM | F1 |
|---|---|---|---|
{reading}

Certainty (`python -m training.calibrate`): fitted on {fitted} first answers to development questions of the open Wiki
library and those written over invented news that was kept back, a quiz's among them: the answerable with their
paragraph there and many also with it taken away, Wiki's in their own and in other words, and the unanswerable ones;
then all as if the library were small; and questions asked of small invented libraries that were kept back. How spans
are ranked is also fitted on questions asked of long invented news. Ten-fold
cross-validated: expected calibration error {ece:.3f}, area under the risk-coverage curve {area:.3f}; at 0.5 it answers
{coverage:.0%} of the questions (half of which have no answer there), and {precision:.0%} of those answers are right (F1
of at least 0.5).

## What it is bad at

English only. Spans only: no counting, no arithmetic, no yes or no, no reasoning over several sentences or passages. It
is easily led by a passage that matches the question's words and not its meaning, and by a changed name, number or date.
"""


SHIPPED = """\
Seventeen runs of one epoch each (1 to 6 with `training/` at commit 72d09ae, 7 to 14 and 17 to 19 with its courses now,
15 and 16 not in it; `make reader DATA=folder` trains anew, otherwise). Runs 1 to 4 go on from one another, run 5 from
the mean of the weights after runs 2 to 4, run 6 from run 5, run 7 from that mean once and run 6 twice, run 8 from run
7, run 9 from the mean of what run 7 began with and runs 7 and 8, run 10 from run 9, run 11 from the mean of what run 7
began with and of runs 8, 9 and 10, run 12 from the mean of that one and run 11, run 13 from the mean of what run 11
began with and of runs 11 and 12, run 14 from run 13, run 17 from the mean of what run 11 began with and of runs 11 to
14, run 18 from the mean of that one and run 17, run 19 from the mean of what run 18 began with and run 18. What ships
is the mean of what run 19 began with, counted twice, and run 19 (`training/average.py`; Wortsman et al., ICML 2022).
Seeds 20261123 (runs 1 to 12), 13, 14, 17, 18 and {seed}, batches of {tokens} tokens, highest learning rate 0.00012
(runs 1 to 4), 0.0001 (5 to 14) and {learning_rate} (17 to 19), at most {max_tokens} tokens a passage; eager attention,
no dropout, bfloat16 where the processor multiplies it, word embeddings frozen, fused AdamW.

1. Questions over single passages; the loss is over the passage's tokens and the first.
2. More of them, and questions of which only the answer's sentence is known (any span in it counts as right).
3. Each question over its own passage and one or two that our own retriever finds for it, their spans normalised
   together (`training/loss.py`); and questions with a name or a number changed, which nothing answers.
4. 60% of the third mixture again, 70% of its questions with words they share with their passage
   replaced by near ones of the embedder (`training/reworded.py`).
5. Questions written for Byline (`training/written/`) in other words than their passage's, and ones that a passage
   seems to answer and does not: 11,871 over passages of the sets below and some of the next run's.
6. 18,273 such questions over 1,895 invented news articles, with some of what came before.
7. `--course again`: those of runs 5 and 6 with others of the mixture.
8. `--course newer`: mostly those written in a second round.
9. `--course round-3`, and
10. `--course round-4`: likewise. In all 16,705 over passages and 44,290 over 4,221 articles.
11. `--course libraries`: 5,670 questions asked of 126 small invented libraries, each over a passage that answers it and
   two of the same library that do not, or over three that do not, with some of what came before.
12. The same with 178 libraries more, 13,677 questions asked of 304 in all.
13. The same once more, after others than their writers had gone through the answers.
14. `--course quiz`: 5,841 questions over the same articles as a newspaper's quiz of the week asks them, with some of
   what came before.
17. `--course everything`: a part of all that came before, together and gently, with 2,612 questions over passages of
   Wikipedia and 200 over small libraries that were changed a little from answered ones, so that nothing answers
   them.
18. `--course more`: a larger part of the same, with 6,929 such questions over passages and four fifths of 1,201 over
   small libraries.
19. The same once more."""
"""How the shipped mean of readers was made."""
LAST_RUN = "48412a3ffd696d8ce78d2ea932b61e8d6844f4dcef6031547158bca83b290274"
"""SHA-256 of the last run's weights in it."""
ANEW = """`training/reader.py` from {begun}{taught}: {epochs} times over {share:.0%} of the course `{course}` of the one
mixture of `training/mixture.py`, in which each question stands over its own passage and others that do not answer it.
Seed {seed}, batches of {tokens} tokens, highest learning rate {learning_rate}, dropout {dropout}, at most
{max_tokens} tokens a passage. {passages:,} questions written over passages, {news:,} and {quiz:,} of a quiz over
{articles:,} invented news articles and {asked:,} asked of {libraries} small invented libraries are in it."""
"""How any other was."""


def card(folder: Path) -> str:
    """The card of the reader in ``folder``, from its recipe, calibration and measured figures."""
    recipe, measured, fitted = (_read(folder, name) for name in ("recipe", "measured", "calibration"))
    at_half = next(row for row in fitted["cross_validated"]["by_threshold"] if row["least"] == 0.5)
    return CARD.format(
        how=_how(recipe),
        reading="\n".join(_rows(measured)),
        fitted=fitted["fitted_on"]["questions"],
        ece=fitted["cross_validated"]["ece"],
        area=fitted["cross_validated"]["area_under_risk_coverage"],
        coverage=at_half["answered"],
        precision=at_half["right"],
    )


def _how(recipe: dict[str, Any]) -> str:
    if "mean_of" not in recipe:
        begun = f"the reader {recipe['start'][:12]}" if recipe["start"] else "the embedder's weights"
        taught = "".join(f", learning from {name[:12]} too" for name in recipe["teachers"])
        return ANEW.format(**recipe, **_written(), begun=begun, taught=taught)
    if recipe["mean_of"][-1]["sha256"] == LAST_RUN:
        return SHIPPED.format(**recipe["mean_of"][-1])
    parts = ", ".join(part["sha256"][:12] for part in recipe["mean_of"])
    return (
        f"The mean (`training/average.py`) of the readers {parts}, by the SHA-256 of their weights; see `recipe.json`."
    )


def _written() -> dict[str, int]:
    """How much of what was written for training there is now."""
    news, libraries = written_news(development=False), written_libraries("train")
    return {
        "passages": len(PASSAGES.read_text(encoding="utf-8").splitlines()),
        "news": len(news),
        "quiz": len(written_quiz(development=False)),
        "articles": len({row.context for row in news}),
        "libraries": len(libraries),
        "asked": sum(len(library.questions) for library in libraries),
    }


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
