"""``byline serve --ray``: the same answers, counted, and none lost while replicas die and while the page stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from gradio_client import Client

from index.article import Article
from index.embedder import Embedder
from index.errors import SettingsError
from index.library import Library
from qa.assistant import Assistant
from qa.served.cluster import Cluster
from qa.served.serving import STOPPING
from qa.settings import Settings
from tests.conftest import PROJECT
from tests.qa.served_by_ray import LOGIN, Served, serving, ticks, until

REPLICA = "ray::ServeReplica"
QUESTIONS = [json.loads(row)["question"] for row in (PROJECT / "data/questions/sample.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, sample_articles: list[Article]
) -> Iterator[Library]:
    """The library that the page and the replicas open too."""
    library = Library.open(tmp_path_factory.mktemp("shared") / "library", embedder)
    library.add(sample_articles)
    yield library
    library.close()


@pytest.fixture(scope="module")
def served(shared: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("log") / "served.log"
    with serving(shared.path, log, "--replicas-least", "2", "--replicas-most", "2") as page:
        until(lambda: page.status("healthz") == 200, 60, "the page")
        assert page.status("readyz") == 503, "it lives before it can answer"
        until(lambda: page.status("readyz") == 200, 120, "a replica")
        until(lambda: page.metric('byline_replicas{state="RUNNING"}') == 2, 60, "both replicas")
        yield page


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    return Client(served.url, auth=LOGIN, verbose=False)


def ask_at_once(client: Client, questions: list[str]) -> list[Future[dict[str, Any]]]:
    threads = ThreadPoolExecutor(len(questions))
    asked = [threads.submit(client.predict, question, api_name="/chat") for question in questions]
    threads.shutdown(wait=False)
    return asked


def test_replicas_answer_as_the_assistant_does(served: Served, client: Client, shared: Library) -> None:
    alone = Assistant(shared)
    answers = [asked.result(60) for asked in ask_at_once(client, QUESTIONS[:10])]
    for question, answer in zip(QUESTIONS, answers, strict=False):
        expected = json.loads(json.dumps(alone.ask(question).as_dict()))
        for field in ("text", "short", "citations", "sentences", "closest", "abstained", "confidence", "alternatives"):
            assert answer[field] == expected[field], question
    assert max(answer["trace"]["read_together"] for answer in answers) > 1, "none was read together with another"


def test_what_cannot_be_asked_is_said_in_its_own_sentence_and_counted(served: Served, client: Client) -> None:
    before = served.metric('byline_errors_total{kind="QuestionError"}')
    with pytest.raises(Exception, match=r"^The question is empty; ask something about the articles\.$"):
        client.predict("", api_name="/chat")
    assert served.metric('byline_errors_total{kind="QuestionError"}') == before + 1


def test_questions_abstentions_and_stages_are_counted(served: Served, client: Client) -> None:
    names = ["byline_questions_total", "byline_abstentions_total", 'byline_stage_seconds_count{stage="read"}']
    before = [served.metric(name) for name in names]
    assert client.predict("Who won the World Cup?", api_name="/chat")["abstained"]
    assert [served.metric(name) for name in names] == [count + 1 for count in before]
    assert served.metric("byline_questions_in_flight") == 0 and served.metric("byline_ready") == 1


def test_only_the_counts_ask_for_the_password(served: Served) -> None:
    assert served.get("readyz").text == "ready\n"
    assert served.get("metrics").status_code == 401
    assert served.get("metrics", auth=("ann", "wrong")).status_code == 401
    assert served.get("metrics", auth=LOGIN).headers["content-type"].startswith("text/plain")


def test_a_new_article_answers_the_next_question(client: Client, shared: Library) -> None:
    question = "Who found the walrus in Quernhaven?"
    assert client.predict(question, api_name="/chat")["abstained"]
    shared.add([Article(id="walrus", text="The walrus in Quernhaven was found by Odette Marsh.", title="Walrus found")])
    assert [client.predict(question, api_name="/chat")["short"] for _ in range(4)] == ["Odette Marsh"] * 4
    shared.remove(["walrus"])
    assert client.predict(question, api_name="/chat")["abstained"]


def test_a_killed_replica_loses_no_question(served: Served, client: Client) -> None:
    idle = {number: ticks(number) for number in served.processes(REPLICA)}
    asked = ask_at_once(client, QUESTIONS[10:20])

    def busy() -> list[int]:
        return [number for number in idle if ticks(number) > idle[number] + 15]

    until(lambda: bool(busy()), 30, "a replica is at work on an answer")
    victim = busy()[0]
    os.kill(victim, signal.SIGKILL)
    assert all(one.result(100)["text"] for one in asked)
    assert victim not in served.processes(REPLICA)
    assert served.metric("byline_resent_total") >= 1, "the killed replica had none"


def test_the_page_stops_when_what_is_under_way_is_answered(served: Served, client: Client) -> None:
    asked = ask_at_once(client, QUESTIONS[20:30])
    under_way = 0.0

    def several() -> bool:
        nonlocal under_way
        under_way = served.metric("byline_questions_in_flight")
        return under_way >= 5

    until(several, 30, "questions under way")
    served.process.send_signal(signal.SIGTERM)
    until(lambda: served.status("readyz") == 503, 5, "told to send no more")
    with pytest.raises(Exception, match="is being stopped and takes no more questions"):
        client.predict(QUESTIONS[0], api_name="/chat")
    late = [said for one in asked if (said := str(one.exception(60) or ""))]
    assert set(late) <= {STOPPING}, "what came before the signal is answered, what came after it is told why"
    answered = [one.result()["text"] for one in asked if one.exception() is None]
    assert all(answered) and len(answered) >= under_way
    assert served.process.wait(60) == 0
    until(lambda: not served.processes(), 30, "no process of Ray's is left: some end once they notice that it is gone")
    said = served.log.read_text()
    assert "Traceback" not in said and "Error" not in said, said


def test_without_the_extra_it_is_named() -> None:
    code = "import sys; sys.modules['ray'] = None; from qa.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--ray"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 2
    assert done.stderr.startswith("Serving with Ray needs more packages: pip install -c constraints.txt -e '.[scale]'")


def test_a_library_for_one_process_is_refused() -> None:
    with pytest.raises(SettingsError, match="in one process only"):
        Cluster(Settings.checked({"ray": "local", "library": "milvus-lite:news.db"}))


@pytest.mark.parametrize(
    ("values", "said"), [({"ray": "nowhere"}, "HOST:PORT"), ({"ray_replicas_least": 3}, "ray_replicas_most = 2")]
)
def test_settings_that_cannot_be_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.checked(values)
