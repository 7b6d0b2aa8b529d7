"""Downloads from the Hugging Face Hub and uploads to it, by the Hub's own client.

API: https://huggingface.co/docs/huggingface_hub
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType

from skelgraph._version import __version__
from skelgraph.errors import HubError
from skelgraph.hub.hub_reference import HubReference

_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"


def download_files(reference: HubReference, patterns: Sequence[str]) -> Path:
    """Download the files of a model that match one of the patterns, and return their folder.

    The folder is one of the Hub's cache. Without a network, or if the Hub does not answer, it is
    the one of the last download.

    Raises:
        HubError: If the client is not installed, there is no such model or revision, access is
            refused, or nothing can be downloaded and nothing is in the cache.
    """
    hub = _import_client(reference)
    with _name_hub_errors(reference):
        folder = hub.snapshot_download(
            reference.repository,
            revision=reference.revision,
            allow_patterns=list(patterns),
            library_name="skelgraph",
            library_version=__version__,
        )
    return Path(folder)


def upload_folder(
    folder: Path,
    reference: HubReference,
    *,
    patterns: Sequence[str],
    private: bool = False,
    message: str | None = None,
) -> str:
    """Upload the files of a folder that match one of the patterns, and return their address.

    The repository is made if it is not there. Its other files that match a pattern, those of an
    earlier model, are deleted.

    Args:
        folder: The folder.
        reference: The repository, and the branch, which is made if it is not there.
        patterns: Patterns of the files.
        private: Whether a new repository is private. One that is there stays as it is.
        message: First line of the commit.

    Raises:
        HubError: If the client is not installed, nobody is logged in, the Hub refuses or cannot be
            reached, or the repository is public although it should be private.
    """
    hub = _import_client(reference)
    with _name_hub_errors(reference, writes=True), _show_progress_on_terminals():
        if hub.get_token() is None:
            raise HubError(f"{reference}: to upload, {_LOG_IN}")
        api = hub.HfApi(library_name="skelgraph", library_version=__version__)
        repository = reference.repository
        api.create_repo(repository, private=private or None, exist_ok=True)
        if private and not api.model_info(repository).private:
            raise HubError(
                f"{reference}: the repository is public already; make it private in its settings "
                f"on the Hub, choose another name, or leave out --private"
            )
        if reference.revision is not None:
            api.create_branch(repository, branch=reference.revision, exist_ok=True)
        api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            revision=reference.revision,
            commit_message=message or f"Upload a model of skelgraph {__version__}",
            allow_patterns=list(patterns),
            delete_patterns=list(patterns),
        )
        return f"{api.endpoint}/{repository}"


def _show_progress_on_terminals() -> AbstractContextManager[object]:
    """Return a context in which progress is shown on a terminal alone, as by downloads."""
    from huggingface_hub import constants
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if sys.stderr.isatty() or constants.HF_HUB_DISABLE_PROGRESS_BARS is False:
        return nullcontext()
    return disable_progress_bars()


def _import_client(reference: HubReference) -> ModuleType:
    try:
        import huggingface_hub
    except ImportError as error:
        raise HubError(
            f"{reference}: models on the Hub need the package huggingface_hub; install it with "
            f"pip install 'skelgraph[hub]'"
        ) from error
    return huggingface_hub


@contextmanager
def _name_hub_errors(reference: HubReference, *, writes: bool = False) -> Iterator[None]:
    """Turn the errors of the client into one sentence each."""
    import httpx2
    from huggingface_hub import errors

    repository, revision = reference.repository, reference.revision
    try:
        yield
    except HubError:
        raise
    except errors.GatedRepoError as error:
        problem = f"its owner grants access to it one by one: ask on its page, and {_LOG_IN}"
        raise HubError(f"{reference}: {problem}") from error
    except errors.RepositoryNotFoundError as error:
        if writes:
            problem = f"there is no user or organization {repository.partition('/')[0]} that you "
            raise HubError(f"{reference}: {problem}may write to") from error
        problem = f"there is no such model on the Hub, or it is private: {_LOG_IN}"
        raise HubError(f"{reference}: {problem}") from error
    except errors.RevisionNotFoundError as error:
        raise HubError(
            f"{reference}: the model {repository} has no revision {revision or 'main'}"
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise HubError(
            f"{reference}: the Hub cannot be reached, and the model was not downloaded before; is "
            f"there a network?"
        ) from error
    except errors.HfHubHTTPError as error:
        raise HubError(f"{reference}: {_describe_refusal(error)}") from error
    except ValueError as error:  # names of files, or facts of a card, that the client refuses
        raise HubError(f"{reference}: {error}") from error
    except RuntimeError as error:  # of one file, whatever the reason
        reason = f"{error} {error.__cause__ or ''}".strip()
        raise HubError(f"{reference}: the transfer broke ({reason}); try again") from error
    except (httpx2.TransportError, errors.OfflineModeIsEnabled) as error:
        raise HubError(
            f"{reference}: the Hub cannot be reached ({error}); is there a network?"
        ) from error


def _describe_refusal(error: Exception) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return f"the Hub does not know you: {_LOG_IN}"
    if status == 403:
        return "you may not do this with your token; make one that may write, and log in with it"
    return f"the Hub refused ({' '.join(str(error).split())})"
