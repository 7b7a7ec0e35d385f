"""What a library does, wherever it is kept: the same tests over SQLite with its indexes, and over Milvus."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from index.article import Article, fingerprint_head
from index.embedder import Embedder
from index.embedding import embedded_texts
from index.errors import LibraryError
from index.filters import Filters
from index.library import Library
from index.passages import split_article
from index.store import PublisherSummary
from index.sync import Sync
from index.transfer import Export, export, import_
from tests.index.conftest import MODES, Backend, found, sync
from tests.index.texts import SHORT_TEXTS


class TestLibrary:
    """The contract of ``Library``."""

    @pytest.fixture
    def library(self, anywhere: Library) -> Library:
        return anywhere

    def test_adding_again_changes_nothing(self, library: Library, bridge: Article) -> None:
        library.add([bridge])
        before = library.info()["passages"]
        again = library.add([bridge, replace(bridge, id="copy")])
        assert again.unchanged == ["bridge", "copy"] and not again.added
        assert library.info()["passages"] == before and library.article_count == 1

    def test_another_text_under_a_taken_id_is_refused_not_lost(
        self, library: Library, bridge: Article, ferry: Article
    ) -> None:
        library.add([bridge])
        report = library.add([replace(ferry, id="bridge")])
        assert [name for name, _ in report.refused] == ["bridge"]
        assert library.article("bridge") == bridge

    def test_two_texts_of_one_id_in_one_call_are_told_apart(
        self, library: Library, bridge: Article, ferry: Article
    ) -> None:
        report = library.add([replace(bridge, source="a.jsonl"), replace(ferry, id="bridge", source="a.jsonl")])
        assert report.added == ["bridge"] and len(report.refused) == 1
        assert library.article("bridge").text == bridge.text

    def test_an_article_corrected_to_read_as_another_does_is_corrected(self, library: Library, bridge: Article) -> None:
        old = replace(bridge, id="old", text="Old words.", source="old.txt")
        library.add([bridge, old])
        assert library.add([replace(old, text=bridge.text)]).updated == ["old"]
        assert library.article("old").text == bridge.text

    def test_the_same_source_read_again_is_the_newer_state(self, library: Library, bridge: Article) -> None:
        library.add([replace(bridge, source="/a/bridge.txt")])
        report = library.add([replace(bridge, source="/a/bridge.txt", text="A submarine sank near Oslo.")])
        assert report.updated == ["bridge"]
        assert library.passage_count == 1
        assert library.search("submarine", mode="lexical") and not library.search("ribbon", mode="lexical")

    def test_update_replaces_whatever_the_source(self, library: Library, bridge: Article, ferry: Article) -> None:
        library.add([bridge])
        assert library.update([replace(ferry, id="bridge")]).updated == ["bridge"]
        assert library.article("bridge").text == ferry.text

    def test_publishers_and_the_newest_are_known_without_the_texts(self, library: Library, bridge: Article) -> None:
        def article(name: str, publisher: str, published: str) -> Article:
            return replace(bridge, id=name, text=f"{name} crossed.", publisher=publisher, published=published)

        assert library.publishers() == [] == library.newest(3)
        articles = [article("a", "Post", "2025-03-01"), article("b", "Post", "2025-02-01"), article("c", "Post", "")]
        library.add([*articles, article("d", "", "2024-01-01"), article("e", "Radio", "")])
        assert library.publishers() == [
            PublisherSummary("", 1, "2024-01-01", "2024-01-01"),
            PublisherSummary("Post", 3, "2025-02-01", "2025-03-01"),
            PublisherSummary("Radio", 1, "", ""),
        ]
        assert library.ids() == ["a", "b", "c", "d", "e"]
        assert library.newest(9) == ["a", "d", "e", "b", "c"] and library.newest(2) == ["a", "d"]
        library.remove(["a"])
        assert library.publishers()[1] == PublisherSummary("Post", 2, "2025-02-01", "2025-02-01")
        assert library.newest(1) == ["b"]

    def test_removed_is_gone_everywhere(self, library: Library, bridge: Article, ferry: Article) -> None:
        library.add([bridge, ferry])
        assert library.remove(["bridge", "nowhere"]) == ["bridge"]
        for mode in MODES:
            assert "bridge" not in found(library, "bridge ribbon mayor", mode=mode)
        with pytest.raises(LibraryError, match="no article 'bridge'"):
            library.article("bridge")
        assert library.passage_count == 1 and library.versions("bridge") == []

    def test_a_passage_number_is_never_used_twice(self, library: Library, bridge: Article, ferry: Article) -> None:
        library.add([bridge])
        first = library.search("bridge")[0].passage.id
        library.remove(["bridge"])
        library.add([ferry])
        assert library.search("ferry")[0].passage.id > first

    def test_it_is_all_there_after_opening_again(self, backend: Backend, embedder: Embedder, bridge: Article) -> None:
        first = backend.open(embedder)
        first.add([bridge])
        first.close()
        again = backend.open(embedder, create=False)
        assert again.article("bridge") == bridge and found(again, "ribbon") == ["bridge"]

    def test_rebuild_and_reembed_keep_every_article(self, library: Library, bridge: Article, ferry: Article) -> None:
        library.add([bridge, ferry])
        before = library.articles()
        library.rebuild()
        library.reembed()
        assert library.articles() == before
        assert [found(library, "ferry", mode=mode)[0] for mode in MODES] == ["ferry"] * 3

    def test_another_embedder_is_refused_and_told_what_to_do(
        self, backend: Backend, embedder: Embedder, bridge: Article
    ) -> None:
        backend.open(embedder).add([bridge])

        class Other(Embedder):
            """Half as long vectors, under another name."""

            hash = "0" * 64  # type: ignore[assignment]
            dimension = 192  # type: ignore[assignment]

            def encode(self, texts, cancelled=lambda: False) -> np.ndarray:
                half = embedder.encode(texts, cancelled)[:, :192]
                return half / np.linalg.norm(half, axis=1, keepdims=True)

        other = backend.open(Other())
        with pytest.raises(LibraryError, match="rebuild --embed"):
            other.search("bridge")
        with pytest.raises(LibraryError, match="rebuild --embed"):
            other.add([replace(bridge, id="x", text="Other words.")])
        other.reembed()
        assert found(other, "bridge") == ["bridge"] and other.info()["dimension"] == 192
        with pytest.raises(LibraryError, match="rebuild --embed"):
            backend.open(embedder).search("bridge")

    def test_two_threads_may_write(self, library: Library, bridge: Article, ferry: Article) -> None:
        with ThreadPoolExecutor(4) as pool:
            reports = list(
                pool.map(lambda n: library.add([replace(ferry, id=f"t{n}", text=f"Ship {n} left.")]), range(8))
            )
            searches = list(pool.map(lambda n: library.search(f"ship {n}"), range(8)))
        assert sum(len(report.added) for report in reports) == library.article_count == 8
        assert all(searches)

    def test_an_interrupted_add_keeps_what_was_stored(self, library: Library, bridge: Article) -> None:
        def interrupted():
            yield from (replace(bridge, id=f"a{n}", text=f"Sentence {n}.") for n in range(1100))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            library.add(interrupted())
        assert library.article_count == library.passage_count >= 100
        assert library.add([bridge]).added == ["bridge"]

    @given(texts=SHORT_TEXTS)
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_add_then_remove_leaves_the_library_as_it_was(
        self, library: Library, bridge: Article, texts: list[str]
    ) -> None:
        library.add([bridge])
        before = (library.articles(), library.search("bridge ribbon"))
        articles = [Article(id=f"h{number}", text=text) for number, text in enumerate(texts)]
        report = library.add(articles)
        for article in articles:
            if article.id in report.added:
                assert library.article(article.id).text == article.text
        library.remove(report.added)
        after = library.search("bridge ribbon")
        assert (library.articles(), [hit.passage for hit in after]) == (before[0], [hit.passage for hit in before[1]])
        assert [hit.dense for hit in after] == [hit.dense for hit in before[1]]

    def test_a_long_text_in_many_scripts_comes_back_to_the_letter(self, library: Library) -> None:
        text = "Zeile “eins” — 😀 𝔘nicode. Ещё одно предложение.\r\nالسطر التالي. " * 500
        article = Article(id='"or" \\ true == true', text=text, title="'\"; drop", publisher='O\'Neill \\ "Post"')
        library.add([article])
        assert library.article(article.id) == article
        for hit in library.search("предложение", k=5, filters=Filters(publishers=(article.publisher,))):
            assert hit.passage.text == text[hit.passage.start : hit.passage.end]
        assert not library.search("предложение", filters=Filters(publishers=('" or key != "',)))
        assert library.remove([article.id]) == [article.id] and library.articles() == []

    def test_versions_are_kept_and_copies_told(self, library: Library) -> None:
        words = [f"word{place}" for place in range(120)]
        wire = Article("wire", " ".join(words) + ".", title="Wire", published="2025-03-04")
        post = Article("post", " ".join(["other", *words[1:]]) + ".", title="Post", published="2025-03-05")
        library.add([wire, post, Article("short", "Quite another.")])
        assert library.stories() == [["wire", "post"]]
        assert [one.id for one in library.copies("post")] == ["wire"] and library.copies("short") == []
        assert library.copies("post", most=0) == [] and len(library.copies("post", most=1)) == 1
        (hit,) = library.search("word7 word8 word9", mode="lexical")
        assert hit.passage.article_id in ("wire", "post"), "what copies repeat is there once"
        library.update([Article("wire", "The wire said something else.", title="Wire", published="2025-03-04")])
        assert library.stories() == []
        library.update([Article("wire", "A third text.", title="Wire", published="2025-03-04")])
        assert [(one.number, one.article.text) for one in library.versions("wire")] == [
            (1, wire.text),
            (2, "The wire said something else."),
        ]
        library.remove(["wire"])
        assert library.versions("wire") == [] and [one.id for one in library.articles()] == ["post", "short"]

    def test_a_library_is_moved_from_one_to_another(
        self, library: Library, tmp_path: Path, embedder: Embedder, bridge: Article, ferry: Article
    ) -> None:
        library.add([bridge, ferry])
        assert export(library, str(tmp_path / "moved.jsonl"), vectors=True) == 2
        other = Library.open(tmp_path / "other", embedder)
        assert import_(other, Export(tmp_path / "moved.jsonl")).embedded_because == ""
        back = tmp_path / "back.jsonl"
        export(other, str(back), vectors=True)
        assert back.read_bytes() == (tmp_path / "moved.jsonl").read_bytes()
        library.remove(["bridge", "ferry"])
        assert import_(library, Export(back)).stored.added == ["bridge", "ferry"]
        assert found(library, "ribbon")[0] == "bridge"

    def test_what_was_cut_and_embedded_elsewhere_is_taken_as_if_added(
        self, library: Library, embedder: Embedder, bridge: Article, ferry: Article
    ) -> None:
        library.add([bridge])
        passages = split_article(ferry)
        vectors = embedder.encode(embedded_texts([(ferry, passages)]))
        none = np.zeros((0, 0), np.float32)
        uncut = Article("tram", "The tram came.", source="tram.txt")
        given = [
            (ferry, passages, vectors),
            (bridge, [], none),
            (uncut, [], none),
            (replace(ferry, id="twin"), [], none),
        ]
        told = library.take(given)
        assert (told.added, told.unchanged, told.same_as["twin"]) == (["ferry", "tram"], ["bridge", "twin"], "ferry")
        assert library.article("ferry") == ferry and library.passage_count == 3
        assert [found(library, "the tram", mode=mode)[0] for mode in MODES] == ["tram"] * 3
        assert library.take([(replace(uncut, text="The tram went."), [], none)]).updated == ["tram"]
        assert [name for name, _ in library.take([(replace(uncut, id="bridge"), [], none)]).refused] == ["bridge"]
        heads = sorted(fingerprint_head(library.article(one.id).fingerprint) for one in library.articles())
        assert library.fingerprint_heads().tolist() == heads and library.fingerprint_heads().dtype == np.uint64

    def test_sync_adds_corrects_and_withdraws(self, library: Library, tmp_path: Path) -> None:
        folder = tmp_path / "articles"
        folder.mkdir()
        for name in ("bridge", "ferry", "twin"):
            (folder / f"{name}.txt").write_text(f"The {'ferry' if name == 'twin' else name} is in the news.")
        assert len(sync(library, folder).added) == 3
        assert (sync(library, folder).same, library.article_count) == (3, 3)
        (folder / "bridge.txt").write_text("The bridge fell.")
        (corrected,) = sync(library, folder).updated
        assert corrected.startswith("bridge") and len(library.versions(corrected)) == 1
        (folder / "twin.txt").rename(folder / "moved.txt")
        moved = sync(library, folder)
        assert moved.problems == [] and library.article_count == 3
        (folder / "bridge.txt").unlink()
        assert sync(library, folder).removed == [corrected] and library.ledger.sources() == [str(folder)]
        doing = Sync(library)
        doing.drop(str(folder))
        assert len(doing.report.removed) == 2 and library.ledger.sources() == [] == library.articles()
