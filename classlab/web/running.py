"""Studies in training: started from the page, paused, stopped and gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from classlab.errors import LockedError, SpecError
from classlab.files.atomic_file import make_folder, write_text
from classlab.files.folder_lock import writer_of
from classlab.studies.store.place import asked_place
from classlab.studies.work.standing import ask, is_training, names_seen
from classlab.web.opaque import named
from classlab.web.site import site_of
from classlab.web.started_study import StartedStudy

if TYPE_CHECKING:
    from starlette.requests import Request

    from classlab.studies.work.standing import TrainedStudy
    from classlab.web.site import Site


def start(site: Site, name: str, text: str, *, confirm: int = 0, form: str = "") -> None:
    """Starts to train a study, or goes on with it.

    Args:
        site: whose store.
        name: the study's.
        text: its study file.
        confirm: fresh seeds to train the first arms again on.
        form: the address of the form as it was filled; "" where none was.

    Raises:
        LockedError: another study trains into this store.
        StorageError: the store cannot be written.
    """
    if writer_of(site.folder) is not None or any(each.alive for each in site.started.values()):
        raise LockedError(
            "only one study may train into a store, but another one does so now. Start this one when it has finished, "
            "or stop that one."
        )
    path = asked_place(site.folder, name)
    make_folder(path.parent)
    write_text(path, text)
    more = ["--confirm", str(confirm)] if confirm else []
    site.started[name] = StartedStudy(["sweep", str(path), "--store", str(site.folder), *more], form=form)


def trained_study(site: Site, identifier: str) -> TrainedStudy:
    """The study with this id that trains, or that was stopped; a page that is not there otherwise."""
    seen = names_seen(site.folder)
    return seen[named(identifier, seen)]


def pause(request: Request) -> Response:
    """Lets a study wait, in memory, from the end of its epoch on."""
    return _asked(request, "pause", "It will wait at the end of the epoch that it trains.")


def stop(request: Request) -> Response:
    """Ends a study's process at the end of its epoch."""
    return _asked(request, "stop", "It will stop at the end of the epoch that it trains. What is finished is kept.")


def resume(request: Request) -> Response:
    """Goes on with a study, in its process or in a new one."""
    site = site_of(request)
    study = trained_study(site, request.path_params["study"])
    if is_training(site.folder, study):
        ask(site.folder, study.spec.name, None)
        return JSONResponse({"sentence": "It goes on."})
    if not study.text:
        raise SpecError(
            "a study must have a study file to be gone on with here, but this one has none. Give again what trained "
            f"it, with the same store: {study.command}"
        )
    start(site, study.spec.name, study.text, confirm=study.confirm)
    return JSONResponse({"sentence": "It goes on from the last epoch that it finished."})


def _asked(request: Request, wish: str, sentence: str) -> Response:
    site = site_of(request)
    study = trained_study(site, request.path_params["study"])
    if not is_training(site.folder, study):
        raise SpecError(f"a study must train to be {_DONE[wish]}, but it does not any more. Reload the page.")
    ask(site.folder, study.spec.name, "pause" if wish == "pause" else "stop")
    return JSONResponse({"sentence": sentence})


_DONE = {"pause": "paused", "stop": "stopped"}

ROUTES: tuple[Route, ...] = (
    Route("/study/{study}/pause", pause, methods=["POST"], name="pause"),
    Route("/study/{study}/stop", stop, methods=["POST"], name="stop"),
    Route("/study/{study}/resume", resume, methods=["POST"], name="resume"),
)
