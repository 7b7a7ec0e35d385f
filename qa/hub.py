"""Sends a Space to the Hugging Face Hub with its own client. The one part of Byline that calls a hub, when told to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from index.errors import first_line
from qa.space import PACKAGES, SpaceError, SpaceFile

STALE = (*(f"{name}/" for name in PACKAGES), "data/articles/")
"""Folders of a Space in which a file that is no longer sent is removed when the Space is brought up to date."""


def send(
    files: Sequence[SpaceFile], name: str, token: str | None = None, private: bool = False, update: bool = False
) -> str:
    """Make the Space ``name`` ("my-news" or "me/my-news"), send it the files in one commit; returns its address.

    Args:
        files: everything that the Space is to hold.
        name: its name, under the token's own user when it names no owner.
        token: a token that may write; without it HF_TOKEN, or what ``hf auth login`` stored.
        private: only its owner may see it.
        update: bring the Space of that name up to date instead of making one.

    Raises:
        SpaceError: one sentence of what stood in the way.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise SpaceError("HF_HUB_OFFLINE is set, so nothing may be sent to the hub; unset it for this command.")
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
    from huggingface_hub.utils import disable_progress_bars

    token = token or get_token()
    if not token:
        raise SpaceError(
            "There is no token: make one that may write at https://huggingface.co/settings/tokens, "
            "and run 'hf auth login', set HF_TOKEN, or give --token-file."
        )
    disable_progress_bars()
    api = HfApi(token=token)
    with _in_a_sentence(name):
        if update:
            where = name if "/" in name else f"{api.whoami()['name']}/{name}"
            there = api.list_repo_files(where, repo_type="space")
        else:
            made = api.create_repo(name, repo_type="space", space_sdk="gradio", private=private)
            where, there = made.repo_id, []
        sent = {file.path for file in files}
        stale = [path for path in there if path.startswith(STALE) and path not in sent]
        api.create_commit(
            where,
            [
                *(CommitOperationAdd(file.path, file.read()) for file in files),
                *(CommitOperationDelete(path) for path in stale),
            ],
            commit_message="Byline, with its articles",
            repo_type="space",
        )
        return f"{api.endpoint}/spaces/{where}"


@contextmanager
def _in_a_sentence(name: str) -> Iterator[None]:
    """Turn what the hub or its client says into one sentence, without the token."""
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        HTTPError,  # of the client's own HTTP library, whichever that is
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        yield
    except HFValidationError as error:
        raise SpaceError(
            f"{name!r} cannot be a Space's name: use letters, digits, '-', '_' and '.', as in my-news or me/my-news."
        ) from error
    except RepositoryNotFoundError as error:
        raise SpaceError(
            f"There is no Space {name} that this token may write to; leave --update out to make it."
        ) from error
    except HfHubHTTPError as error:
        raise SpaceError(_of_status(name, error.response.status_code, error)) from error
    except (HTTPError, OfflineModeIsEnabled, OSError) as error:
        raise SpaceError(
            f"The hub could not be reached: {first_line(error)}. Check the network and try again."
        ) from error
    except ValueError as error:  # the large-file protocol's own refusals
        raise SpaceError(f"The hub did not take the files: {first_line(error)}.") from error


def _of_status(name: str, status: int, error: Exception) -> str:
    if status == 401:
        return "The hub did not accept the token; make one that may write at https://huggingface.co/settings/tokens."
    if status == 403:
        return f"This token may not write to {name}; make one that may at https://huggingface.co/settings/tokens."
    if status == 409:
        return f"There is a Space {name} already; choose another name, or give --update to bring it up to date."
    return f"The hub refused: {first_line(error)}."
