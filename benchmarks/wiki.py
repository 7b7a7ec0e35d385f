"""The open Wiki library: every paragraph of squad2-read, squad2-dev and new_wiki an article, and questions over it."""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from index.article import Article
from index.library import Library
from qa.evaluate.question_set import Question
from training.examples import NEW_WIKI, SQUAD2_DEV, SQUAD2_READ, as_question, read_squad, split_wikipedia


def wiki_articles(data: Path) -> list[Article]:
    """Each paragraph once, titled by its source title, with the paragraph's name as id."""
    examples = [example for name in (SQUAD2_READ, SQUAD2_DEV, NEW_WIKI) for example in read_squad(data / name)]
    paragraphs = {example.paragraph: example for example in examples}
    return [
        Article(id=name, text=example.context, title=example.group.replace("_", " "), source=example.source)
        for name, example in paragraphs.items()
    ]


def wiki_library(data: Path, folder: Path) -> Library:
    """Open the Wiki library in ``folder``, indexing it the first time."""
    library = Library.open(folder)
    articles = wiki_articles(data)
    if library.article_count < len(articles):
        with tqdm(total=len(articles), unit="article", desc="indexing the Wiki library") as bar:
            library.add(articles, lambda done, _: bar.update(done))
    return library


def wiki_questions(data: Path, which: str) -> list[Question]:
    """Questions over it: ``development`` (for choices and calibration) or ``report`` (for figures only)."""
    split = split_wikipedia(data)
    return [as_question(example) for example in (split.development if which == "development" else split.report)]
