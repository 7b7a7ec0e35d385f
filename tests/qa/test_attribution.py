"""Who says it: nobody's words are put in another's mouth."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.library import Library
from index.passages import sentence_spans
from qa.assistant import Assistant
from qa.attribution import speaker_asked
from qa.bodies import speaks_through_others
from qa.speech import said_by

TALKS = (
    "Vladimir Medinsky, one of President Putin's aides, said that both sides would meet. "
    'He also accepted a request for a meeting between President Putin and President Zelensky, stating: "We are ready."'
)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What did Zelensky say about the talks?", "Zelensky"),
        ("what did zelensky say", "zelensky"),
        ("How many came, according to Ann Lee?", "Ann Lee"),
        ("What was Putin's reaction to it?", "Putin"),
        ("What has Mr. Dodd later said of the cost?", "Mr Dodd"),
        ("How did President Putin describe the talks?", "President Putin"),
        ("What did the mayor say?", None),
        ("What did the United Nations say?", None),
        ("What did Russia say about the talks?", None),
        ("What did South Korea say?", None),
        ("What did NATO say?", None),
        ("WHAT DID PUTIN SAY?", "PUTIN"),
        ("What did Michael Jordan say?", "Michael Jordan"),
        ("What did people call the bridge?", None),
        ("Who said that the bridge was late?", None),
        ("When did the bridge open?", None),
        ("Who had been told?", None),
        ("", None),
    ],
)
def test_whom_a_question_asks_about(question: str, name: str | None) -> None:
    assert speaker_asked(question) == name


def others(name: str, text: str) -> list[bool]:
    """For each sentence, whether another says it."""
    sentences = sentence_spans(text)
    return [said_by(name, text, sentences, *place) is False for place in sentences]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Medinsky", TALKS, [False, False]),
        ("Putin", TALKS, [True, True]),
        ("Vladimir Putin", TALKS, [True, True]),
        ("zelensky", TALKS, [True, True]),
        ("zelensky", "Vladimir Medinsky said so.", [False]),  # typed small, it may be no name at all
        ("Lee", '"It is late," said Mayor Ann Lee. "It is dear," Mr. Dodd said.', [False, True]),
        ("Mayor Ann Lee,", '"It is late," said Mayor Ann Lee.', [False]),
        ("Lee", "After meeting Lee, Mr. Dodd said it was dear.", [True]),
        ("Dodd", "After meeting Lee, Mr. Dodd said it was dear.", [False]),
        ("Lee", "A spokesman for Lee said it was dear.", [False]),
        ("Qatar", "Qatar's envoy, Noora al-Mannai, said that it had paid.", [False]),
        ("Amnesty", "Agnes Callamard, head of Amnesty, told reporters that it was so.", [False]),
        ("Lee", "The mayor said it was late.", [False]),  # the mayor may be Lee
        ("Lee", "They said it was late.", [False]),
        ("Lee", "The bridge was late.", [False]),  # nobody is said to say it
        ("Lee", "Mayor Ann Lee cut the ribbon. She said it was late.", [False, False]),
        ("Dodd", "Mayor Ann Lee cut the ribbon. She said it was late.", [False, True]),
        ("Dodd", "Élodie Marsh said it was late, and so did the mayor.", [True]),
        ("Dodd", '"It is late," said Mayor Ann Lee. She added that it was dear.', [True, True]),
        ("Dodd", "She said it was late.", [False]),  # who she is, is not told
        ("Dodd", "The bank, said to have been robbed, is shut.", [False]),
        ("O'Brien", "Mary O’Brien said the road is closed.", [False]),
        ("Erdogan", "President Erdoğan said the talks would go on.", [False]),
        ("Munoz", "José Muñoz said so.", [False]),
        ("Zelensky", "Volodymyr Zelenskiy said so.", [False]),
        ("Zelenskyy", "Volodymyr Zelensky said so.", [False]),
        ("Ivanov", "Anna Petrova said so.", [True]),
        ("Putin", "Putin called the talks “useful,” Interfax said.", [False]),
        ("Putin", "Russia said that it was late.", [False]),
        ("Putin", "Putin came late — Lee said that it was cold.", [True]),
        ("Dodd", "The bridge is late — Ann Lee said that it was cold.", [True]),
        ("Lee", "Ann Leech said that it was cold.", [True]),
        ("Lee", "‘The talks didn’t last and Lee sent nobody,’ Mr Dodd said.", [True]),
        ("Lee", "'The talks ended by Lee's doing,' Mr Dodd said.", [True]),
        ("Lee", "„Lee must go at once,“ said Bob Dodd.", [True]),
        ("Lee", "“Lee must by Monday leave the town,” said Bob Dodd.", [True]),
        ("Lee", "According to Bob Dodd, Lee must leave the town.", [True]),
        ("Dodd", "According to Bob Dodd, Lee must leave the town.", [False]),
        ("Lee", "“Lee must leave the town,” Bob Dodd noted.", [True]),
        ("Lee", "The workers' leader Ann Lee said it was late.", [False]),
        ("Xi Jinping", "Mr Xi said a trade war has no winners.", [False]),
        ("King Charles III", "King Charles said so.", [False]),
        ("Donald Trump", "Melania Trump said the dress was blue.", [False]),  # it may be another of the name, or not
    ],
)
def test_whose_words_a_sentence_reports(name: str, text: str, expected: list[bool]) -> None:
    assert others(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "own"),
    [
        ("Donald Trump", "Melania Trump said the dress was blue.", None),
        ("Donald Trump", "President Trump said the dress was blue.", True),
        ("Donald Trump", "Donald J. Trump said the dress was blue.", True),
        ("Trump", "Donald Trump said the dress was blue.", True),
        ("Donald Trump", "On Monday Trump said the dress was blue.", True),
        ("Donald Trump", "Meanwhile Trump said the dress was blue.", True),
        ("Joe Biden", "Vice-President Biden said the dress was blue.", True),
        ("Trump", "Trump's critic Bernie Sanders said the truce was a trick.", None),
        ("Qatar", "Qatar's envoy said that it had paid.", True),
        ("residents", "Residents told of it. “We lost everything,” said Maria Lopez.", None),
        ("Nato", "Rutte said that allies must pay.", None),
    ],
)
def test_whose_own_words_they_are(name: str, text: str, own: bool | None) -> None:
    sentences = sentence_spans(text)
    found = speaker_asked(f"What did {name} say?")
    assert found is None or said_by(found, text, sentences, *sentences[-1]) is own


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Microsoft", "Satya Nadella, chief executive of Microsoft, came. Nadella said it was late.", True),
        ("Microsoft", "Satya Nadella, Microsoft's chief executive, said it was late.", True),
        ("Microsoft", "Microsoft vice president Ann Lee came.", True),
        ("Trump", "Trump officials met. Putin's lawyer came.", False),
        ("Putin", TALKS, False),
        ("Zelensky", "Putin and Zelensky told officials and President Trump that it was late.", False),
    ],
)
def test_who_speaks_through_others(name: str, text: str, expected: bool) -> None:
    assert speaks_through_others(name, text) is expected


@settings(deadline=None)
@given(name=st.text(min_size=1).filter(str.strip), text=st.text())
def test_any_text_has_an_answer(name: str, text: str) -> None:
    for told in (text, f"{name} said {text}", f"“{text}” he said. {name}'s aide told {text}"):
        sentences = sentence_spans(told)
        assert all(said_by(name, told, sentences, *place) in (True, False, None) for place in sentences)


def test_another_words_are_no_answer(assistant: Assistant) -> None:
    for question in ("What did Putin say?", "what did putin say", "What did Zelensky say about the talks?"):
        answer = assistant.ask(question)
        assert not any("We are satisfied" in one.quote or "we are satisfied" in one.quote for one in answer.citations)
    answer = assistant.ask("What did Medinsky say about a meeting between Putin and Zelensky?")
    assert "we are satisfied" in answer.citations[0].quote
    for quoted in ("Overall, we are satisfied with the results", "overall, we are satisfied"):
        assert assistant.ask(f"Who said “{quoted}”?").short in ("", "Medinsky", "Vladimir Medinsky")


def test_whom_he_stands_for_is_looked_up_before_the_passage(library: Library) -> None:
    filler = "The hall was full, and the windows were open to the square below. " * 11
    start = f"{filler}Bo Marsh, the harbour master, walked to the table. "
    library.add([Article(id="hall", text=f"{start}He told Ann Lee that the quay was sold for nine crowns in March.")])
    assistant = Assistant(library)
    assert "nine crowns" in assistant.ask("What did Bo Marsh say of the quay?").text
    assert assistant.ask("What did Ann Lee say of the quay?").abstained
