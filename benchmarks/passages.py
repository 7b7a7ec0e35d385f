"""How articles are best cut and embedded: recall over the Wiki library, cut in several ways, in one table.

``python -m benchmarks.passages --data ../shared/data``: the length of passages, the sentence that neighbours share, the
title in what is embedded, and the question's stop words, each against what Byline does, over the development questions.
Longer passages are right more easily, so that recall is also given over as many characters as are read for a question.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from benchmarks.wiki import wiki_articles, wiki_questions
from index.article import Article, Passage
from index.embedder import Embedder
from index.embedding import embedded_texts
from index.fusion import fuse
from index.lexical import STOP_WORDS
from index.library import Library
from index.passages import split_article
from index.searching import DEPTH
from index.store import Cut
from qa.evaluate.metrics import first_right, holds_answer, recall_at
from qa.evaluate.question_set import Question
from qa.settings import Settings

KS = (1, 5, 20)
READ_CHARACTERS = 9_600
"""What is read for a question: 12 passages of at most 800 characters."""
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Way:
    """A way to cut, embed and ask."""

    characters: int = 800
    overlap: bool = True
    title: bool = True
    stop_words: bool = True

    @property
    def name(self) -> str:
        """In words."""
        said = [f"{self.characters} characters"]
        said += [] if self.overlap else ["no overlap"]
        said += [] if self.title else ["no title embedded"]
        said += [] if self.stop_words else ["question without stop words"]
        return ", ".join(said)

    def cut(self, article: Article) -> list[Passage]:
        """The passages of an article."""
        passages = split_article(article, self.characters)
        return passages if self.overlap else _parted(article, passages)

    def asked(self, question: str) -> str:
        """What is embedded of a question."""
        if self.stop_words:
            return question
        return " ".join(word for word in question.split() if word.strip("?,.").lower() not in STOP_WORDS) or question


WAYS = (
    *(Way(characters) for characters in (300, 500, 800, 1200, 1600)),
    Way(overlap=False),
    Way(title=False),
    Way(stop_words=False),
)


def _parted(article: Article, passages: Sequence[Passage]) -> list[Passage]:
    """The passages without what each shares with the one before it."""
    parted, end = [], 0
    for passage in passages:
        start = max(passage.start, end)
        start += len(article.text[start : passage.end]) - len(article.text[start : passage.end].lstrip())
        parted.append(Passage(article.id, start, passage.end, article.text[start : passage.end]))
        end = passage.end
    return parted


def _cut_and_embedded(articles: Sequence[Article], way: Way, embedder: Embedder) -> Iterator[Cut]:
    for first in tqdm(range(0, len(articles), _AT_ONCE), desc=way.name, leave=False):
        pairs = [(article, way.cut(article)) for article in articles[first : first + _AT_ONCE]]
        bare = [(Article(id=article.id, text=article.text), passages) for article, passages in pairs]
        vectors, done = embedder.encode(embedded_texts(pairs if way.title else bare)), 0
        for article, passages in pairs:
            yield article, passages, vectors[done : done + len(passages)]
            done += len(passages)


def measure(
    way: Way, articles: Sequence[Article], questions: Sequence[Question], embedder: Embedder
) -> dict[str, float]:
    """Recall of fused retrieval at each k, and within the characters that are read."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(folder, embedder, way.characters)
        library.restore(_cut_and_embedded(articles, way, embedder), embed=False)
        ranks, read = [], []
        for question in tqdm(questions, desc=way.name, leave=False):
            right, lengths = _looked_up(library, way, question)
            ranks.append(first_right(right[: max(KS)]))
            within = sum(1 for place in range(len(lengths)) if sum(lengths[: place + 1]) <= READ_CHARACTERS)
            read.append(first_right(right[:within]))
        result: dict[str, float] = {"passages": library.passage_count}
        library.close()
    result |= {f"recall@{k}": round(recall_at(ranks, k), 4) for k in KS}
    return {**result, "recall in what is read": round(recall_at(read, DEPTH), 4)}


def _looked_up(library: Library, way: Way, question: Question) -> tuple[list[bool], list[int]]:
    """Of the passages found, best first: which are right, and their lengths."""
    dense, lexical = library.rankings(way.asked(question.question), DEPTH)
    numbers = [number for number, _ in fuse(dense, lexical)][:DEPTH]
    found = library.passages(numbers)
    texts = [found[number] for number in numbers]
    right = [one.article_id in question.articles and holds_answer(one.text, question.answers) for one in texts]
    return right, [len(one.text) for one in texts]


def main() -> None:
    """Print the table, and write it as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.passages",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.passages --data ../shared/data --out .byline/passages.json",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets (see its README)")
    parser.add_argument("--out", type=Path, default=Path(".byline/passages.json"), help="where the figures go")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    articles = wiki_articles(options.data)
    questions = [question for question in wiki_questions(options.data, "development") if question.answerable]
    embedder = Embedder(Settings.model_fields["embedder"].default)
    table = {}
    for way in WAYS:
        table[way.name] = measure(way, articles, questions, embedder)
        print(f"{way.name:48}" + "".join(f"  {name} {value:,}" for name, value in table[way.name].items()), flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"questions": len(questions), "ways": table}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
