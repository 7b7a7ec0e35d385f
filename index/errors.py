"""The errors a user sees: one sentence that says what was wrong with which input, and what to do."""


def first_line(error: BaseException) -> str:
    """What a library's error says, shortened to its first line."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def needs_extra(what: str, extra: str) -> str:
    """The sentence for packages that are not installed: ``what`` needs those of the optional ``extra``."""
    return f"{what} needs more packages: pip install -c constraints.txt -e '.[{extra}]' in Byline's folder."


class BylineError(Exception):
    """Base of every error that is shown to the user as its text, never as a traceback."""


class SourceError(BylineError):
    """An article's source (a file, a line of a file) could not be read."""


class LibraryError(BylineError):
    """A library could not be opened, read or written."""


class NoLibraryError(LibraryError):
    """There is no library at that place."""


def no_library(place: object) -> NoLibraryError:
    """The error for a ``place``, a folder or an address, that has no library."""
    return NoLibraryError(f"There is no library at {place}; 'byline index add FILE…' makes one.")


class ModelError(BylineError):
    """A model's files are missing, damaged or not of the expected kind."""


class SettingsError(BylineError):
    """A setting is unknown or its value is not allowed."""


class QuestionError(BylineError):
    """A question, or a set of questions, cannot be used as it stands."""


class ServingError(BylineError):
    """Questions cannot be answered where they are sent: Ray cannot be reached, or no replica answers."""


class ClusterError(BylineError):
    """A Ray cluster could not be started, joined or used."""
