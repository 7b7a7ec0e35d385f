"""Bytes to text: by their mark, as UTF-8 but for stray bytes, as declared, or as they look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.decoding import decode

LINES = "\n".join(f"Report {number} from the café: Zoë’s naïve coup d’état, “a déjà vu”." for number in range(60))
RUSSIAN = "\n".join(f"Доклад {number}: работа моста через реку была закончена в пятницу." for number in range(60))
KOREAN = "\n".join(f"보고 {number}: 시장은 금요일에 다리를 개통했다고 말했다." for number in range(60))
JAPANESE = "\n".join(f"報告{number}：市長は金曜日に橋を開通したと述べた。" for number in range(60))


@pytest.mark.parametrize("text", [LINES, RUSSIAN, JAPANESE])
@pytest.mark.parametrize("declared", ["", "utf-8", "windows-1252"])
def test_stray_bytes_cost_themselves_alone(text: str, declared: str) -> None:
    first, _, rest = text.partition("\n")
    data = f"{first}\n".encode() + b"It \x93works\x94.\n" + rest.encode()
    assert decode(data, "a.txt", declared) == f"{first}\nIt \ufffdworks\ufffd.\n{rest}"


def test_a_stray_byte_at_the_end_of_a_large_file_costs_itself_alone() -> None:
    text = "é" * 100_001
    assert decode(b"x" + text.encode() + b"\xe9", "a.txt") == f"x{text}\ufffd"


def test_a_large_file_of_one_long_line_is_guessed_by_more_than_its_first() -> None:
    text = "<!DOCTYPE html>\n" + LINES.replace("\n", " ") * 40
    assert "\ufffd" not in decode(text.encode("windows-1252"), "a.txt")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_tells(encoding: str) -> None:
    assert decode(f"{LINES}\n{RUSSIAN}".encode(encoding), "a.txt") == f"{LINES}\n{RUSSIAN}"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (LINES, "windows-1252"),
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "iso-8859-5"),
        (RUSSIAN, "cp866"),
        (KOREAN, "euc-kr"),
        (JAPANESE, "shift-jis"),
        (JAPANESE, "euc-jp"),
    ],
)
def test_what_is_declared_is_not_taken_for_broken_utf8(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt", encoding) == text


@given(st.text(st.characters(exclude_characters="\0\r\ufeff", exclude_categories=("Cs", "Cc")), min_size=1))
def test_utf8_is_read_as_it_is(text: str) -> None:
    assert decode(text.encode(), "a.txt") == text
