"""What can be taken home of a run: the model, the record, the predictions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from classlab.files.read_file import read_file
from classlab.records import to_json
from classlab.studies.runs.predictions_table import predictions_csv
from classlab.web.opaque import recorded_run
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from classlab.studies.runs.run import Run

_LIMIT = 2**33  # bytes of a model: above any that a run may have
_KINDS = {"keras": "application/zip", "json": "application/json", "csv": "text/csv; charset=utf-8"}


def download(request: Request) -> Response:
    """A file of a run, named by its identity."""
    site, kind = site_of(request), request.path_params["kind"]
    if kind not in _KINDS:
        raise HTTPException(404)
    with site.store() as store:
        record = recorded_run(store, request.path_params["run"])
    content = to_json(record).encode() if kind == "json" else _content(site.run(record.identity), kind)
    headers = {"content-disposition": f'attachment; filename="{record.identity[:12]}.{kind}"'}
    return Response(content, media_type=_KINDS[kind], headers=headers)


def _content(run: Run, kind: str) -> bytes:
    if kind == "csv":
        if run.predictions is None:
            raise HTTPException(404)
        stored = run.predictions
        return predictions_csv(stored.probabilities, stored.labels, class_names=run.class_names).encode()
    with tempfile.TemporaryDirectory(prefix="classlab-") as folder:
        path = Path(folder) / "model.keras"
        run.to_keras(path)
        return read_file(path, limit=_LIMIT)


ROUTES: tuple[Route, ...] = (Route("/run/{run}/download/{kind}", download, name="download"),)
