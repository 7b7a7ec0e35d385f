"""The sizes and times that the documents quote: computed from inputs that say what measured them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.sizing import INPUTS, Inputs, builds, main, sizes

BY_HAND = {
    "embedded_a_core": 40.0,
    "embedded_a_gpu": None,
    "second_worker": 0.5,
    "written_a_second": 1000.0,
    "store_bytes": 2900,
    "words_bytes": 300,
    "exact_bytes": 1544,
    "cells_bytes": 400,
    "graph_bytes": 664,
    "core_seconds_a_question": 0.5,
}


def test_by_hand() -> None:
    inputs = Inputs(**BY_HAND)
    assert inputs.build_seconds(100_000, cores=1) == 2500
    assert inputs.build_seconds(100_000, cores=3) == 1250, "two more workers, half a worker's rate each"
    assert inputs.build_seconds(100_000, cores=1000) == 100, "one process writes"
    assert inputs.disk(1_000_000, "cells") == 3.6e9 and inputs.memory(1_000_000, "exact") == 1.844e9
    assert inputs.cores_for(10) == 5
    assert ("1,000,000", "cells", "0.7 GB", "3.6 GB") in list(sizes(inputs))
    assert list(builds(inputs, cores=1, price=2.0))[1] == ("1,000,000", "1", "6.9 h", "6.9", "13.89")


def test_every_input_says_what_measured_it(capsys: pytest.CaptureFixture[str]) -> None:
    for name, one in json.loads(INPUTS.read_text())["inputs"].items():
        assert set(one) == {"value", "unit", "command"} and one["unit"] and one["command"], name
    main([])
    assert "| 100,000,000 | cells |" in capsys.readouterr().out


def test_a_file_that_lacks_an_input_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "some.json").write_text(json.dumps({"machine": "a", "inputs": {}}))
    with pytest.raises(SystemExit):
        main(["--inputs", str(tmp_path / "some.json")])
    assert "lacks embedded_a_core" in capsys.readouterr().err


def test_gpus_are_counted_where_one_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = Inputs(**{**BY_HAND, "embedded_a_gpu": 160.0})
    assert list(builds(inputs, cores=1, price=0.0, gpus=1))[1][2] == "1.4 h"
    with pytest.raises(SystemExit):
        main(["--gpus", "1"])
    assert "embedded_a_gpu" in capsys.readouterr().err
