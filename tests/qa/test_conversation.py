"""Follow-ups are searched as what they mean; questions that refer to nothing are left as they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation import Turn, understand

TALKS = Turn("Who led the Russian delegation?", "Vladimir Medinsky")
BRIDGE = Turn("When did the Sethe Swing Bridge open?", "Saturday, April 26")
FAIR = Turn("How many people came to the Quernhaven Lantern Fair in August 2025?", "9,200")
MAYOR = Turn("Who is the mayor of Quernhaven now?", "Sunniva Oakreath")
DEMAND = Turn("What did Ukraine demand?", "an immediate ceasefire")
SWAP = Turn("How many prisoners will each side release?", "1,000")
FIRE = Turn("What caused the fire at Orlingfold Primary School?", "a pottery kiln that overheated")
DIED = Turn("How many people died in Kyiv in April 2024?", "12")
BORN = Turn("Where was Volodymyr Zelensky born?", "Kryvyi Rih")
BATHS = Turn("When will the public baths on Tannery Lane reopen?", "")


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        # something else in the place of its like
        (TALKS, "And who led the Ukrainian one?", "Who led the Ukrainian delegation?"),
        (TALKS, "And the Ukrainian one?", "Who led the Ukrainian delegation?"),
        (TALKS, "The Ukrainian one?", "Who led the Ukrainian delegation?"),
        (TALKS, "What about the Ukrainian delegation?", "Who led the Ukrainian delegation?"),
        (TALKS, "how about the Ukrainian team", "Who led the Ukrainian team?"),
        (DEMAND, "And Russia?", "What did Russia demand?"),
        (DEMAND, "What about Russia?", "What did Russia demand?"),
        (MAYOR, "What about Orlingfold?", "Who is the mayor of Orlingfold now?"),
        (MAYOR, "And the deputy mayor?", "Who is the deputy mayor of Quernhaven now?"),
        (BRIDGE, "And the ferry?", "When did the ferry open?"),
        (FAIR, "And in 2024?", "How many people came to the Quernhaven Lantern Fair in 2024?"),
        (FAIR, "In May?", "How many people came to the Quernhaven Lantern Fair in May 2025?"),
        (FAIR, "What about May?", "How many people came to the Quernhaven Lantern Fair in May 2025?"),
        (FAIR, "And to the Boat Show?", "How many people came to the Boat Show in August 2025?"),
        (DIED, "What about May?", "How many people died in Kyiv in May 2024?"),
        (DIED, "And in Lviv?", "How many people died in Lviv in April 2024?"),
        (DIED, "How many were injured?", "How many were injured (How many people died in Kyiv in April 2024)?"),
        (FAIR, "In July 2023?", "How many people came to the Quernhaven Lantern Fair in July 2023?"),
        (TALKS, "And in 2024?", "Who led the Russian delegation in 2024?"),
        (TALKS, "Who else?", "Who else led the Russian delegation?"),
        # the same asked in another way
        (TALKS, "When was that?", "When was it that Vladimir Medinsky led the Russian delegation?"),
        (TALKS, "Why?", "Why was it that Vladimir Medinsky led the Russian delegation?"),
        (BRIDGE, "Why?", "Why did the Sethe Swing Bridge open?"),
        (BRIDGE, "Where did it happen?", "Where did the Sethe Swing Bridge open?"),
        (DEMAND, "But why?", "Why did Ukraine demand an immediate ceasefire?"),
        (DEMAND, "When did that happen?", "When did Ukraine demand an immediate ceasefire?"),
        (MAYOR, "Why is that?", "Why is Sunniva Oakreath the mayor of Quernhaven now?"),
        (SWAP, "When?", "When will each side release 1,000 prisoners?"),
        (FAIR, "Why?", "Why was it that 9,200 people came to the Quernhaven Lantern Fair in August 2025?"),
        # people
        (TALKS, "What did he say?", "What did Vladimir Medinsky say?"),
        (TALKS, "What was his role?", "What was Vladimir Medinsky's role?"),
        (TALKS, "What did he say about Ukraine?", "What did Vladimir Medinsky say about Ukraine?"),
        (TALKS, "Who met him?", "Who met Vladimir Medinsky?"),
        (MAYOR, "How old is she?", "How old is Sunniva Oakreath?"),
        (MAYOR, "Who met her at the bridge?", "Who met Sunniva Oakreath at the bridge?"),
        (MAYOR, "What is her job?", "What is Sunniva Oakreath's job?"),
        (TALKS, "Did they agree on a ceasefire?", "Did the Russian delegation agree on a ceasefire?"),
        # things
        (BRIDGE, "How much did it cost?", "How much did the Sethe Swing Bridge cost?"),
        (BRIDGE, "Where is it?", "Where is the Sethe Swing Bridge?"),
        (BRIDGE, "How long is its deck?", "How long is the Sethe Swing Bridge's deck?"),
        (BRIDGE, "Who designed that bridge?", "Who designed the Sethe Swing Bridge?"),
        (
            BATHS,
            "How much will it cost?",
            "How much will the public baths cost?",
        ),
        (DEMAND, "Did they get it?", "Did they get the immediate ceasefire?"),
        (FIRE, "Why did it overheat?", "Why did the pottery kiln overheat?"),
        # what leans in another way carries the last question along
        (TALKS, "Who won?", "Who won (Who led the Russian delegation)?"),
        (MAYOR, "Since when?", "Since when (Who is the mayor of Quernhaven now)?"),
        (BRIDGE, "Who was there?", "Who was there (When did the Sethe Swing Bridge open)?"),
        (
            SWAP,
            "Is that the biggest so far?",
            "Is that the biggest so far (How many prisoners will each side release)?",
        ),
        (Turn("Who is the mayor?", ""), "What did he say?", "What did he say (Who is the mayor)?"),
        (Turn("Who is the mayor?", ""), "Why?", "Why (Who is the mayor)?"),
        # somebody of theirs, and words drawn together
        (BORN, "What about his wife?", "Where was Volodymyr Zelensky's wife born?"),
        (Turn("Who is the president of Ukraine?", "Ann Lee"), "And his wife?", "Who is Ann Lee's wife?"),
        (TALKS, "What’s his wife’s name?", "What’s Vladimir Medinsky's wife’s name?"),
        (TALKS, "Where's he from?", "Where's Vladimir Medinsky from?"),
        (TALKS, "Didn't he resign?", "Didn't Vladimir Medinsky resign?"),
        (TALKS, "Tell me about his wife.", "Tell me about Vladimir Medinsky's wife."),
        (Turn("Where was Zelensky born?", "Kryvyi Rih"), "How old is he?", "How old is Zelensky?"),
        (
            Turn("Where was Ursula von der Leyen born?", "Ixelles"),
            "How old is she?",
            "How old is Ursula von der Leyen?",
        ),
        (
            Turn("Did Ann Lee leave the World Health Organization (WHO)?", ""),
            "Why?",
            "Why (Did Ann Lee leave the World Health Organization (WHO))?",
        ),
        (DIED, "And in total?", "How many people died in Kyiv in April 2024 in total?"),
        (DIED, "And in May last year?", "How many people died in Kyiv in May last year?"),
        (
            Turn("Who visited Kyiv in March 2024?", "Ann Lee"),
            "What about Marseille?",
            "Who visited Marseille in March 2024?",
        ),
        (Turn("Which team won the cup?", "Arsenal"), "When was it?", "When was the cup?"),
        (
            Turn("What did Leeds council tell Lee?", ""),
            "What about his wife?",
            "What did Leeds council tell Lee's wife?",
        ),
        # a name that was the answer, and nobody's
        (Turn("What did Elon Musk buy?", "Twitter"), "What did he pay?", "What did Elon Musk pay?"),
        (Turn("Which prize did Ann Lee win?", "Nobel Peace Prize"), "How old is she?", "How old is Ann Lee?"),
        (Turn("Which company bought Twitter?", "X Corp"), "When was it founded?", "When was X Corp founded?"),
        (
            Turn("Where was Vladimir Medinsky born?", "Smila"),
            "When did he become minister?",
            "When did Vladimir Medinsky become minister?",
        ),
        (Turn("Which party does Ann Lee lead?", "Labour"), "How old is she?", "How old is Ann Lee?"),
        (
            Turn("What club does Erling Haaland play for?", "Manchester City"),
            "How many goals did he score?",
            "How many goals did Erling Haaland score?",
        ),
        (Turn("Which party leader resigned?", "Ann Lee"), "How old is she?", "How old is Ann Lee?"),
        (Turn("With whom did Vladimir Putin meet?", "Bo Marsh"), "How old is he?", "How old is Bo Marsh?"),
        (Turn("Which player did Manchester City buy?", "Bo Marsh"), "How old is he?", "How old is Bo Marsh?"),
        (Turn("What is the name of the mayor?", "Ann Lee"), "How old is she?", "How old is Ann Lee?"),
        (MAYOR, "What did he say about her?", "What did he say about her (Who is the mayor of Quernhaven now)?"),
    ],
)
def test_a_follow_up_is_understood_from_the_turn_before(before: Turn, question: str, understood: str) -> None:
    found = understand(question, [before])
    assert found.question == understood
    assert found.queries[0] == understood and before.question in found.queries[1]


@pytest.mark.parametrize("before", [TALKS, BRIDGE, FAIR, MAYOR, DEMAND, SWAP, FIRE])
@pytest.mark.parametrize(
    "question",
    [
        "How many came to the Lantern Fair?",
        "Is there a school in Quernhaven?",
        "Who is the mayor of Orlingfold?",
        "What is the capital of Australia?",
        "Who wrote Pride and Prejudice?",
        "How do I bake sourdough bread?",
        "What did Putin say when he left?",
        "How long did it take to put out the school fire?",
        "Who is the man that led the Russian team?",
        "Which company said that the line would create jobs?",
        "When did the council announce the delay of the bridge?",
        "What happened to Piers Hathersedge and his brother?",
        "Why was the 2024 count of the terns too low?",
        "Is it true that the ferry has stopped?",
        "Who won the World Cup?",
        "Which IT company won the contract?",
        "How much are nurses paid?",
        "Thanks!",
    ],
)
def test_a_question_that_refers_to_nothing_is_left_alone(before: Turn, question: str) -> None:
    found = understand(question, [before])
    assert found.question == question and found.queries == (question,)


def test_a_name_of_one_word_hides_nobody_s_whole_name() -> None:
    talk = [Turn("Who is the mayor of London?", "Sadiq Khan"), Turn("When did Labour win?", "May 2024")]
    assert understand("How old is he?", talk).question == "How old is Sadiq Khan?"


def test_whom_he_is_may_have_been_said_some_turns_ago() -> None:
    history = [MAYOR, Turn("When did the bridge open?", "in April")]
    assert understand("What did she cut?", history).question == "What did Sunniva Oakreath cut?"


def test_what_leaned_on_a_question_is_leaned_on_by_that_question() -> None:
    first = understand("Was anyone hurt?", [FIRE]).question
    then = understand("How many?", [FIRE, Turn(first, "")]).question
    assert then == "How many (What caused the fire at Orlingfold Primary School)?"


def test_an_owner_s_ending_is_no_part_of_the_name() -> None:
    assert understand("Why did she quit?", [Turn("What is Sunniva Oakreath's job?", "")]).question == (
        "Why did Sunniva Oakreath quit?"
    )


def test_a_word_that_only_leads_in_is_left_out() -> None:
    assert understand("And when did the ferry stop?", [TALKS]).question == "When did the ferry stop?"


def test_without_history_nothing_is_changed_but_white_space() -> None:
    assert understand("  And   why? ").queries == ("And why?",)


TEXT = st.text(max_size=60) | st.lists(
    st.sampled_from("and what about the one he it its that 2024 May Ann Lee of in why did is how many , ? ( ’".split())
).map(" ".join)


@given(TEXT, TEXT, TEXT)
def test_nothing_that_is_typed_breaks_it(question: str, earlier: str, answer: str) -> None:
    found = understand(question, [Turn(earlier, answer)])
    assert found.question.lower() == found.queries[0].lower()
