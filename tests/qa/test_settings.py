"""Settings: four places, one order; mistakes named."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.cluster_address import is_cluster
from index.errors import SettingsError
from qa.settings import Settings


def test_the_later_place_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load(folder=tmp_path).candidates == 20
    (tmp_path / "byline.toml").write_text("candidates = 7\nport = 1\nmin_confidence = 0.9")
    monkeypatch.setenv("BYLINE_PORT", "2")
    monkeypatch.setenv("BYLINE_MIN_CONFIDENCE", "0.8")
    settings = Settings.load({"min_confidence": 0.7, "library": None}, folder=tmp_path)
    assert (settings.candidates, settings.port, settings.min_confidence) == (7, 2, 0.7)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("candidate = 7", "'candidate'.*did you mean 'candidates'"),
        ("candidates = 0", "candidates = 0 is not allowed"),
        ('min_confidence = "sure"', "min_confidence"),
        ("candidates = ", "Could not read"),
        ('precision = "int4"', "precision"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, toml: str, said: str) -> None:
    (tmp_path / "byline.toml").write_text(toml)
    with pytest.raises(SettingsError, match=said):
        Settings.load(folder=tmp_path)


def test_an_unknown_environment_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLINE_LIBRERY", "x")
    with pytest.raises(SettingsError, match="did you mean 'library'"):
        Settings.load(folder=tmp_path)


def test_every_setting_is_described_and_the_hash_is_of_what_matters() -> None:
    assert all(field.description for field in Settings.model_fields.values())
    one = Settings.checked({})
    assert one.hash == Settings.checked({"port": 1}).hash != Settings.checked({"candidates": 5}).hash


@pytest.mark.parametrize("name", ["library", "articles", "reader"])
def test_a_home_folder_is_found_and_the_home_of_nobody_is_named(name: str) -> None:
    assert getattr(Settings.checked({name: "~/x"}), name) == str(Path.home() / "x")
    with pytest.raises(SettingsError, match=f"{name} = '~no-such-user/x'.*no such home"):
        Settings.checked({name: "~no-such-user/x"})


def test_the_password_is_never_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BYLINE_AUTH", "ann:a secret")
    settings = Settings.load(folder=tmp_path)
    assert settings.login == ("ann", "a secret") and settings.owner
    assert "secret" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert not Settings.checked({}).owner and Settings.checked({"editable": True}).owner
    assert Settings.checked({}).login is None and settings.hash == Settings.checked({}).hash
    for wrong in ("a secret", ":a secret", "a secret:"):
        with pytest.raises(SettingsError, match="USER:PASSWORD") as caught:
            Settings.checked({"auth": wrong})
        assert "secret" not in str(caught.value) and caught.value.__cause__ is None


def test_sources_are_paths_addresses_or_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "byline.toml").write_text(
        'sources = ["articles", {source = "https://news.example/feed", publisher = "The Post", include = ["2025/*"]}]'
    )
    folder, feed = Settings.load(folder=tmp_path).sources
    assert (folder.source, folder.given) == ("articles", {})
    assert (feed.given, feed.include) == ({"publisher": "The Post"}, ("2025/*",))
    monkeypatch.setenv("BYLINE_SOURCES", '["one", "two"]')
    assert [one.source for one in Settings.load(folder=tmp_path).sources] == ["one", "two"]
    monkeypatch.setenv("BYLINE_SOURCES", "one")
    assert [one.source for one in Settings.load(folder=tmp_path).sources] == ["one"]


@pytest.mark.parametrize("value", ["[1", '[{"source": "a", "publishr": "x"}]', '[{"include": ["*"]}]', "[1]"])
def test_a_source_that_is_none_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="sources"):
        Settings.checked({"sources": value})


@pytest.mark.parametrize("address", ["", "local", "auto", "head.internal:6379", "10.0.0.7:6379", "[fd00::1]:6379"])
def test_a_cluster_to_serve_on_is_named_as_one_to_build_on(address: str) -> None:
    assert Settings.checked({"ray": address}).ray == address
    assert is_cluster(address) == bool(address)


@pytest.mark.parametrize(
    "address", ["nowhere", "head:", ":6379", "fd00::1:6379", "a b:1", "head:6379/x", "ray://head:1"]
)
def test_what_names_no_cluster_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="it must be 'local', 'auto' or HOST:PORT"):
        Settings.checked({"ray": address})
    assert not is_cluster(address)
