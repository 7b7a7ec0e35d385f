"""The shape of answer a question asks for."""

from __future__ import annotations

import pytest

from qa.wanted import Wanted, wanted


@pytest.mark.parametrize(
    ("question", "shape"),
    [
        ("Who led the Russian delegation?", Wanted.WORDS),
        ("When was that?", Wanted.WORDS),
        ("How many prisoners will each side release?", Wanted.WORDS),
        ("How long does each turn take?", Wanted.WORDS),
        ("What is the capital of Australia?", Wanted.WORDS),
        ("What did the bridge cost?", Wanted.WORDS),
        ("How is the new ferry called?", Wanted.WORDS),
        ("Was it in 2008 or in 2009?", Wanted.WORDS),
        ("Can you tell me who led the Russian delegation?", Wanted.WORDS),
        ("Do you know when the bridge opened?", Wanted.WORDS),
        ("Do you know if the bridge opened?", Wanted.A_SENTENCE),
        ("Could you explain why the fair was put off?", Wanted.SENTENCES),
        ("Please explain why the fair was put off.", Wanted.SENTENCES),
        ("Can you tell me about the tern colony?", Wanted.SENTENCES),
        ("Okay, why?", Wanted.SENTENCES),
        ("So, did they agree?", Wanted.A_SENTENCE),
        ("Was anyone hurt or killed?", Wanted.A_SENTENCE),
        ("May 2024?", Wanted.A_SENTENCE),  # nothing is lost: the sentence holds the words
        ("Why was the opening put back?", Wanted.SENTENCES),
        ("And why?", Wanted.SENTENCES),
        ("How did officers work out the size of the turnout?", Wanted.SENTENCES),
        ("What did Zelensky say about the delegation?", Wanted.SENTENCES),
        ("What happened at Orlingfold Primary School?", Wanted.SENTENCES),
        ("What were the reasons for the delay?", Wanted.SENTENCES),
        ("Tell me about the tern colony.", Wanted.SENTENCES),
        ("Did the two countries agree on a ceasefire?", Wanted.A_SENTENCE),
        ("Is the bridge open?", Wanted.A_SENTENCE),
        ("Wasn't the bridge finished?", Wanted.A_SENTENCE),
    ],
)
def test_the_first_words_say_what_is_wanted(question: str, shape: Wanted) -> None:
    assert wanted(question) is shape
