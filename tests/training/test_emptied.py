"""A passage without its answering sentence no longer answers, and speaks of the same."""

from __future__ import annotations

from training.emptied import emptied
from training.examples import Example

AROUND = (
    "The bridge over the Sethe was closed for most of the winter while its bearings were cracked. "
    "Ann Lee led the repairs. "
    "Two of the four bearings were taken out by crane and sent to a foundry, and the town was without a crossing."
)


def example(answer: str, context: str = AROUND) -> Example:
    return Example("1", "Who led the repairs?", context, ((answer, context.index(answer)),), "s", paragraph="s/1")


def test_the_answering_sentence_is_gone_and_the_rest_stays_as_it_was() -> None:
    left = emptied(example("Ann Lee"))
    assert left is not None and not left.answers and left.question == "Who led the repairs?"
    assert left.context == AROUND.replace("Ann Lee led the repairs. ", "")


def test_every_sentence_that_says_it_goes() -> None:
    twice = AROUND + " The last to leave the site was ann lee."
    left = emptied(example("Ann Lee", twice))
    assert left is not None and "lee" not in left.context.lower()


def test_nothing_is_made_of_a_passage_too_short_or_of_one_without_an_answer() -> None:
    assert emptied(example("Ann Lee", "Ann Lee led the repairs. They took long.")) is None
    assert emptied(Example("1", "Who?", AROUND, (), "s")) is None
