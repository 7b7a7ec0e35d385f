"""Writes requirements.txt, which a Space installs, from pyproject.toml and constraints.txt: ``make requirements``.

Every package that Byline's default installation pulls in stands there at the version that CI runs, so that a Space
built next year is the Space that was tested. The environment asked is this one, the markers are those of the Space:
Linux and the Python of the front matter.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

SPACE_PYTHON = "3.11"
_MARKERS = {
    "python_version": SPACE_PYTHON,
    "python_full_version": f"{SPACE_PYTHON}.0",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
HEAD = """\
# What a Hugging Face Space installs. Made from pyproject.toml and constraints.txt by `make requirements`; not by hand.
# PyTorch's own index has its CPU build: without it, pip would fetch gigabytes of CUDA.
--extra-index-url https://download.pytorch.org/whl/cpu
"""


def requirements(project: Path) -> str:
    """The text of requirements.txt for the project in that folder."""
    wanted = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    pins = {
        canonicalize_name(line.split("==")[0]): line
        for line in (project / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if re.match(r"[\w.-]+==", line)
    }
    found = _closure([Requirement(line) for line in wanted])
    return HEAD + "".join(f"{pins[name]}\n" for name in sorted(found & pins.keys()))


def _closure(wanted: list[Requirement]) -> set[NormalizedName]:
    """Names of these packages and of all that they need on a Space, as far as they are installed here."""
    seen: set[tuple[NormalizedName, str]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                wanted += _needs(name, extra)
    return {name for name, _ in seen}


def _needs(name: str, extra: str) -> list[Requirement]:
    try:
        listed = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    parsed = [Requirement(line) for line in listed]
    return [one for one in parsed if one.marker is None or one.marker.evaluate({**_MARKERS, "extra": extra})]


if __name__ == "__main__":
    root = Path(__file__).parent.parent
    (root / "requirements.txt").write_text(requirements(root), encoding="utf-8")
    sys.stdout.write(f"Wrote {root / 'requirements.txt'}.\n")
