"""A Space: its front matter and requirements, what is sent, and that what was sent starts and answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from gradio_client import Client

from benchmarks.space import running_space
from index.article import Article
from index.embedder import Embedder
from index.errors import LibraryError, NoLibraryError
from index.sources import read_source
from qa.requirements import requirements
from qa.settings import Settings
from qa.space import ARTICLES_FOLDER, SpaceError, article_files, articles_of, lay_out, project_files
from tests.conftest import PROJECT, SAMPLE
from tests.qa.hub_stand_in import READER, TOKEN, Hub, running_hub

PIER = "The pier at Quernhaven was painted by Odo Lark in May."


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


def create(hub: Hub, cwd: Path, *arguments: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """``byline space create`` in a process of its own, with a home of its own, its hub the stand-in."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "BYLINE_"))}
    environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(cwd / "hf"), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": token}
    return subprocess.run(
        [sys.executable, "-m", "qa", "space", "create", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**environment, "PYTHONPATH": str(PROJECT)},
    )


def test_the_front_matter_is_what_a_space_reads() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(readme.split("---\n")[1])
    pins = (PROJECT / "constraints.txt").read_text()
    assert front["sdk"] == "gradio" and f"gradio=={front['sdk_version']}\n" in pins
    assert (front["python_version"], front["app_file"], front["license"]) == ("3.11", "app.py", "apache-2.0")
    assert len(front["short_description"]) <= 60 and {"title", "emoji", "colorFrom", "colorTo"} <= set(front)


def test_requirements_are_those_of_pyproject_and_constraints() -> None:
    there = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    assert there == requirements(PROJECT), "run 'make requirements'"
    names = set(re.findall(r"^([\w-]+)==", there, re.MULTILINE))
    assert {"gradio", "torch", "tokenizers"} <= names and not names & {"pytest", "mypy", "playwright", "mcp"}


def test_articles_arrive_as_they_were_without_the_paths_of_this_machine(sample_articles: list[Article]) -> None:
    files = article_files(sample_articles, most_bytes=4000)
    assert len(files) > 2 and all(file.path.startswith(f"{ARTICLES_FOLDER}/articles-") for file in files)
    assert not any(str(PROJECT).encode() in file.read() for file in files)


def test_what_was_sent_is_what_was_listed_and_reads_back(hub: Hub, tmp_path: Path) -> None:
    articles = tmp_path / "mine"
    articles.mkdir()
    (articles / "pier.txt").write_text(PIER)
    (articles / "picture.png").write_bytes(b"\x89PNG")
    (articles / "empty.md").write_text("")
    listed = create(hub, tmp_path, "news", "--articles", str(articles), "--dry-run")
    assert listed.returncode == 2 and "empty.md" in listed.stderr and not hub.spaces
    sent = create(hub, tmp_path, "news", "--articles", str(articles), "--private")
    assert f"The Space is at {hub.url}/spaces/me/news" in sent.stdout, sent.stderr
    space = hub.spaces["me/news"]
    rows = re.findall(r"^ *([\d,]+)  (\S+)$", listed.stdout, re.MULTILINE)
    assert {path: len(content) for path, content in space.items()} == {
        path: int(size.replace(",", "")) for size, path in rows
    }
    assert space["README.md"] == (PROJECT / "README.md").read_bytes()
    weights = "qa/weights/reader/model.safetensors"
    assert space[weights] == (PROJECT / weights).read_bytes() and len(hub.large) == 1
    assert hub.asked["me/news"]["sdk"] == "gradio" and hub.asked["me/news"]["visibility"] == "private"
    assert not [path for path in space if path.startswith(("tests/", ".", "training/")) or path.endswith(".pyc")]
    assert TOKEN not in sent.stdout + sent.stderr

    taken = create(hub, tmp_path, "news", "--articles", str(articles))
    assert taken.returncode == 2 and "already" in taken.stderr and "--update" in taken.stderr
    space["data/articles/old.md"] = b"No longer sent."
    space["notes.md"] = b"The owner's own."
    assert create(hub, tmp_path, "news", "--articles", str(articles), "--update").stdout
    assert "data/articles/old.md" not in hub.spaces["me/news"] and "notes.md" in hub.spaces["me/news"]


@pytest.mark.parametrize(
    ("name", "token", "said"),
    [
        ("two words", TOKEN, "cannot be a Space's name"),
        ("other", "hf_nobody", "did not accept the token"),
        ("other", READER, "may not write"),
        ("other", "", "There is no token"),
    ],
)
def test_what_stands_in_the_way_is_said_in_a_sentence(
    hub: Hub, tmp_path: Path, name: str, token: str, said: str
) -> None:
    done = create(hub, tmp_path, name, token=token)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert f"me/{name}" not in hub.spaces


def test_without_a_hub_it_says_so(tmp_path: Path) -> None:
    nowhere = Hub(url="http://127.0.0.1:9")
    done = create(nowhere, tmp_path, "news")
    assert done.returncode == 2 and "could not be reached" in done.stderr and "Traceback" not in done.stderr


def test_without_a_folder_the_library_s_articles_are_sent_else_the_sample(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.library import Library

    monkeypatch.chdir(tmp_path)
    sample, problems = articles_of(Settings(), None, PROJECT)
    assert sorted(article.id for article in sample) == sorted(
        found.id for found in read_source(SAMPLE) if isinstance(found, Article)
    )
    assert not problems
    settings = Settings.checked({"library": str(tmp_path / "library")})
    library = Library.open(tmp_path / "library", embedder)
    with pytest.raises(SpaceError, match="holds no articles"):
        articles_of(settings, None, PROJECT)
    library.add([Article(id="pier", text=PIER, source="/home/me/pier.txt")])
    library.close()
    mine, _ = articles_of(settings, None, PROJECT)
    assert [article.id for article in mine] == ["pier"]
    lay_out(article_files(mine), tmp_path / "space")
    (back,) = read_source(tmp_path / "space" / ARTICLES_FOLDER)
    assert isinstance(back, Article) and (back.id, back.text, back.title) == ("pier", PIER, "")


@pytest.mark.parametrize("address", ["{}/mien", "milvus-lite:{}/news.db"])
def test_a_library_that_is_named_and_not_there_does_not_become_the_sample(tmp_path: Path, address: str) -> None:
    with pytest.raises(NoLibraryError):
        articles_of(Settings.checked({"library": address.format(tmp_path)}), None, PROJECT)


def test_who_may_see_a_space_is_not_changed_by_an_update(hub: Hub, tmp_path: Path) -> None:
    done = create(hub, tmp_path, "news", "--update", "--private")
    assert done.returncode == 2 and "--private is for a new Space" in done.stderr


def test_a_damaged_library_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").write_bytes(b"no database" * 99)
    with pytest.raises(LibraryError):
        articles_of(Settings.checked({"library": str(tmp_path)}), None, PROJECT)


def test_a_folder_that_is_no_project_is_named(tmp_path: Path) -> None:
    lay_out([file for file in project_files(PROJECT) if file.path.startswith(("qa/", "index/"))], tmp_path)
    code = "from qa.space import find_project\ntry: find_project()\nexcept Exception as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[str(tmp_path), *sys.path]!r}\n{code}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "is Byline's project folder" in done.stdout, done.stderr


def test_what_is_sent_starts_as_a_space_and_answers_with_no_hub(tmp_path: Path) -> None:
    articles = article_files([Article(id="pier", text=PIER, title="The pier")])
    lay_out([*project_files(PROJECT), *articles], tmp_path)
    with running_space(tmp_path) as (url, _):
        answer = Client(url, verbose=False).predict("Who painted the pier at Quernhaven?", api_name="/chat")
    assert answer["short"] == "Odo Lark" and answer["citations"][0]["article_id"] == "pier"
    assert (tmp_path / ".byline" / "library" / "library.sqlite").exists()
