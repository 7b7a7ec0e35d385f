"""What the page sends along with a question, read as input that anyone could have written."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import LibraryError, QuestionError
from index.filters import Filters

_UNREADABLE = "The page sent something that could not be read; reload it and ask again."


class _Limits(BaseModel):
    """The filters as the page has them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    publishers: tuple[str, ...] = Field(max_length=500)
    published_from: str = Field(max_length=10)
    published_to: str = Field(max_length=10)


_NO_LIMITS = _Limits(publishers=(), published_from="", published_to="")


class Asked(BaseModel):
    """How a question is meant.

    Attributes:
        limits: which articles it is asked of.
        replace: number of the turn that its answer takes the place of, the last one only; None for a new turn.
        verbatim: True to ask it as it stands, without what was said before.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    limits: _Limits = _NO_LIMITS
    replace: int | None = None
    verbatim: bool = False

    @classmethod
    def read(cls, text: str) -> Asked:
        """Read the JSON that conversation.js sends; '' for a question with nothing to it.

        Raises:
            QuestionError: it is not that.
        """
        if not text:
            return cls()
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise QuestionError(_UNREADABLE) from error

    @property
    def filters(self) -> Filters:
        """The limits as retrieval takes them; QuestionError when a date is none or they are the wrong way round."""
        limits = self.limits
        try:
            filters = Filters(limits.publishers, limits.published_from, limits.published_to)
        except LibraryError as error:
            raise QuestionError(str(error)) from error
        if filters.published_from and filters.published_to and filters.published_from > filters.published_to:
            raise QuestionError("The first day of the filter is after its last; change one of them and ask again.")
        return filters
