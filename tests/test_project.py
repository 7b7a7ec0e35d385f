"""The house rules that a reader of the repository relies on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib

import pytest

from tests.conftest import PROJECT

HEAVY = ("torch", "transformers", "gradio", "pymilvus", "grpc", "milvus_lite", "ray", "prometheus_client")
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())


def test_every_dependency_is_pinned() -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (PROJECT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    needed = PYPROJECT["project"]["dependencies"] + [item for extra in extras for item in extra]
    names = {re.split(r"[\[<>=!~ ]", item)[0].lower().replace("_", "-") for item in needed}
    assert names <= pinned, names - pinned
    assert "torch==2.13.0" in (PROJECT / "constraints.txt").read_text().splitlines()


def test_the_readme_names_commands_that_exist() -> None:
    readme = (PROJECT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)`? ", readme)) - {"it"} <= targets
    for path in re.findall(r"\]\(((?!http)[^)#]+)\)", readme):
        assert (PROJECT / path).exists(), path


def test_the_index_knows_nothing_of_the_answers() -> None:
    for path in (PROJECT / "index").rglob("*.py"):
        assert not re.search(r"^\s*(?:from|import) qa\b", path.read_text(), re.MULTILINE), path


def test_what_only_some_need_is_in_an_extra() -> None:
    needed = " ".join(PYPROJECT["project"]["dependencies"]) + (PROJECT / "requirements.txt").read_text()
    assert not re.search(r"milvus|grpcio|pyarrow|^ray\b", needed, re.MULTILINE)
    scale = PYPROJECT["project"]["optional-dependencies"]["scale"]
    assert set(scale) <= set(PYPROJECT["project"]["optional-dependencies"]["test"])


def test_only_serving_with_ray_knows_of_ray() -> None:
    for path in [path for path in (PROJECT / "qa").rglob("*.py") if path.parent.name != "served"]:
        assert not re.search(
            r"^(?:from|import) (?:ray|prometheus_client|qa\.served)\b", path.read_text(), re.MULTILINE
        ), path


@pytest.mark.parametrize(
    "module", ["index.library", "index.opening", "qa.assistant", "qa.settings", "qa.evaluate.runner", "qa.cli"]
)
def test_a_module_can_be_imported_without_torch_or_gradio(module: str) -> None:
    code = f"import sys, {module}; print([name for name in HEAVY if name in sys.modules])".replace("HEAVY", str(HEAVY))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout == "[]\n"


def test_the_readers_card_states_what_was_measured() -> None:
    folder = PROJECT / "qa" / "weights" / "reader"
    card = (folder / "README.md").read_text()
    measured = json.loads((folder / "measured.json").read_text())
    for figures in measured.values():
        assert f"{100 * figures['answerable']['f1']:.1f}" in card
