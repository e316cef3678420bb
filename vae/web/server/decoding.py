"""Images for the live views of models that the browser cannot run: decoded here, one request after the other.

A page offers its models; its views ask, one request of a model at a time from a page, the newest place first
(`assets/live/served.js`). All of them wait for one thread, and no more than `MOST_WAITING` of them.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Lock

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vae.explorer import FARTHEST, Explorer

FOLDER = "/decoded"
OFFERED = 16  # models, those that were on a page last
MOST_CODES = 16  # of a request, as in served.js
MOST_WAITING = 64  # requests
BYTES = "application/octet-stream"  # which no form of another site can send

_offered: dict[str, Explorer] = {}
_lock = Lock()
_waiting = BoundedSemaphore(MOST_WAITING)
_worker = ThreadPoolExecutor(1, thread_name_prefix="decode")


def offer(model: Explorer) -> str:
    """Let the views of a page ask for images of a model; returns the address."""
    with _lock:
        _offered.pop(model.fingerprint, None)
        _offered[model.fingerprint] = model
        for oldest in list(_offered)[:-OFFERED]:
            del _offered[oldest]
    return f"{FOLDER}/{model.fingerprint}"


async def _serve(request: Request) -> Response:
    """Levels 0 to 255, (B, H, W, C), of the codes (B, D) in float32 that are the request's body."""
    model = _offered.get(request.path_params["fingerprint"])
    if model is None:
        return Response(status_code=404)
    if request.headers.get("content-type") != BYTES:
        return Response(status_code=415)
    z = await _codes(request, model)
    if z is None:
        return Response(status_code=400)
    if not _waiting.acquire(blocking=False):
        return Response(status_code=503)
    try:
        levels = await asyncio.get_running_loop().run_in_executor(_worker, _levels, model, z)
    except ValueError:  # what a network of somebody else's makes of a code
        return Response(status_code=422)
    finally:
        _waiting.release()
    return Response(levels, media_type=BYTES, headers={"cache-control": "no-store"})


async def _codes(request: Request, model: Explorer) -> np.ndarray | None:
    """The codes (B, D), None for anything else; no more is read than they may take."""
    row, content = 4 * model.latent_dim, b""
    async for part in request.stream():
        content += part
        if len(content) > MOST_CODES * row:
            return None
    if not content or len(content) % row:
        return None
    z = np.frombuffer(content, "<f4").reshape(-1, model.latent_dim)
    return z if np.isfinite(z).all() and np.abs(z).max() <= FARTHEST else None


def _levels(model: Explorer, z: np.ndarray) -> bytes:
    means = np.nan_to_num(model.decode(z), nan=0.0)
    return np.rint(255 * means.clip(0, 1)).astype(np.uint8).tobytes()


ROUTE = Route(FOLDER + "/{fingerprint}", _serve, methods=["POST"])
