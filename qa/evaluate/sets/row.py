"""The fields of a question as it is written in JSONL: one pydantic model, which the JSON Schema is made from."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from index.article import parse_date
from qa.evaluate.question_set import Question, ScriptedTurn

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S")]
"""Text with something in it."""
SCHEMA_ID = "https://byline.example/question.schema.json"


class TurnRow(BaseModel):
    """An earlier turn of the conversation."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Text = Field(description="text, not empty")
    answer: str | None = Field(
        default=None, description="text: what was answered, '' for nothing; left out to take Byline's own answer"
    )


class QuestionRow(BaseModel):
    """One line of a question set."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        title="A question of a Byline question set",
        json_schema_extra={
            "if": {"properties": {"answerable": {"const": False}}, "required": ["answerable"]},
            "then": {"properties": {"answers": {"maxItems": 0}}},
            "else": {"properties": {"answers": {"minItems": 1}}, "required": ["answers"]},
        },
    )

    id: Text = Field(description="text, unique in the set")
    question: Text = Field(description="text, not empty")
    answers: list[Text] = Field(default=[], description="list of accepted answers (text); empty when not answerable")
    articles: list[Text] = Field(
        default=[], description="list of the ids of the articles that say it; empty when any may, or none does"
    )
    quotes: list[Text] = Field(
        default=[], description="list of sentences of the articles that hold an answer (text), optional"
    )
    answerable: bool = Field(default=True, description="true or false")
    tags: list[Text] = Field(default=[], description="list of text, optional")
    asked: str = Field(
        default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="date the question was asked, YYYY-MM-DD, optional"
    )
    turns: list[TurnRow] = Field(
        default=[], description="list of earlier turns of the conversation, oldest first, optional"
    )

    def as_question(self, line: int = 0) -> Question:
        """The question, as the evaluator knows it."""
        return Question(
            id=self.id,
            question=self.question,
            answers=tuple(self.answers),
            articles=tuple(self.articles),
            answerable=self.answerable,
            tags=tuple(self.tags),
            quotes=tuple(self.quotes),
            asked=self.asked,
            turns=tuple(ScriptedTurn(turn.question, turn.answer) for turn in self.turns),
            line=line,
        )


def fields() -> dict[str, str]:
    """What each field must be, by its name."""
    return {name: field.description or "" for name, field in QuestionRow.model_fields.items()}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line; ``question.schema.json`` in this package is this, written down."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **QuestionRow.model_json_schema(),
    }


def parse_row(row: object) -> tuple[Question | None, list[str]]:
    """A question, or what is wrong with each of its fields."""
    if not isinstance(row, dict):
        return None, ["must be a JSON object."]
    try:
        parsed = QuestionRow.model_validate(row)
    except ValidationError as error:
        return None, list(dict.fromkeys(_said(dict(found)) for found in error.errors()))
    wrong = []
    if parsed.answerable and not parsed.answers:
        wrong.append(f"answers: question {parsed.id!r} is answerable but has no answers.")
    if not parsed.answerable and parsed.answers:
        wrong.append(f"answers: question {parsed.id!r} is not answerable but has answers.")
    if parsed.asked and parse_date(parsed.asked) != parsed.asked:
        wrong.append(f"asked must be a date YYYY-MM-DD that there is, not {parsed.asked!r}.")
    return (None, wrong) if wrong else (parsed.as_question(), [])


def _said(error: dict[str, Any]) -> str:
    """A pydantic error as one sentence that names the field."""
    place = list(error["loc"])
    name = str(place[0])
    if error["type"] == "extra_forbidden":
        known = fields() if len(place) == 1 else TurnRow.model_fields
        return f"unknown field {str(place[-1])!r}; known are {', '.join(known)}."
    where = name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place[1:])
    article = "a " if fields()[name].startswith(("list", "date")) else ""
    if name == "turns" and len(place) > 2:
        turn = TurnRow.model_fields.get(str(place[2]))
        return f"{where} must be {turn.description if turn else 'text'}."
    return f"{where} must be {article}{fields()[name]}."
