"""What one run of an emulated model makes of its input: pictures, a refusal or a failure."""

from __future__ import annotations

import base64
import binascii
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from tests.emulator.fal_request import FalRequest, Outcome, prompt_of
from tests.emulator.fal_schema import Problem, problem, problems
from tests.emulator.fal_sizes import size_of
from tests.emulator.files import Stored
from tests.emulator.pictures import ENDINGS, Recipe, measure
from tests.emulator.trouble import Rule

if TYPE_CHECKING:
    from tests.emulator.world import World

_MOST_IMAGES = 16
_FLAGGED = "The content could not be processed because it was flagged by a content checker."
_FAILURES = {
    "request_timeout": (504, "Request timed out"),
    "startup_timeout": (504, "Runner startup timed out"),
    "runner_scheduling_failure": (503, "Failed to schedule a runner"),
    "runner_connection_timeout": (503, "Connection to the runner timed out"),
    "runner_disconnected": (503, "The runner disconnected"),
    "runner_connection_refused": (503, "The runner refused the connection"),
    "internal_server_error": (500, "Internal server error"),
}
"""``error_type`` → status and text (§1.4)."""


class BadSource(Exception):
    """A picture that was handed in cannot be used."""

    def __init__(self, found: Problem) -> None:
        super().__init__(found["msg"])
        self.problem = found


def run(world: World, request: FalRequest) -> Outcome:
    """The end of a run, charged as ``units`` says."""
    fal, rule = world.fal, request.run_trouble
    found = problems(*fal.endpoints.input_schema(request.endpoint), request.body)
    if found:
        return _unprocessable(found)
    if rule is not None and rule.kind == "fail":
        return failure(rule.error_type or "runner_scheduling_failure", rule.status, rule.message)
    try:
        sources = _sources(world, request.body)
    except BadSource as bad:
        return _unprocessable([bad.problem])
    sizes = [size_of(fal, request.endpoint, request.body, sources)] * _count(request.body)
    units = fal.prices.units(request.endpoint, request.body, sizes, fal.account)
    if rule is not None and rule.kind == "refuse":
        return _refusal(request, rule, str(units))
    black = rule is not None and rule.kind == "black"
    body = _output(world, request, sizes, sources, black=black)
    headers = {"x-fal-billable-units": str(units)}
    if rule is not None and rule.kind == "no_units":
        headers = {}
    return Outcome(200, body, headers, units=units)


def failure(error_type: str, status: int | None = None, message: str | None = None) -> Outcome:
    """A flat error of the infrastructure; never charged (§1.4, §1.9)."""
    usual, text = _FAILURES.get(error_type, (500, "Internal server error"))
    text = message or text
    body = {"detail": text, "error_type": error_type}
    headers = {"x-fal-error-type": error_type}
    return Outcome(status or usual, body, headers, error=text, error_type=error_type)


def start_missed() -> Outcome:
    """The caller's own limit for the start was missed (§1.3)."""
    made = failure("request_timeout")
    headers = {**made.headers, "x-fal-request-timeout-type": "user"}
    return Outcome(made.status, made.body, headers, made.error, made.error_type)


def cancelled(status: int) -> Outcome:
    """A cancelled request; what fal answers here is unknown (§8.1)."""
    made = failure("request_cancelled", status, "Request was cancelled")
    return Outcome(status, made.body, made.headers, made.error, made.error_type)


def _unprocessable(found: list[Problem]) -> Outcome:
    first = found[0]
    return Outcome(422, {"detail": found}, error=first["msg"], error_type=first["type"])


def _refusal(request: FalRequest, rule: Rule, units: str) -> Outcome:
    kind = rule.error_type or "content_policy_violation"
    found = problem(kind, rule.message or _FLAGGED, ("body", "prompt"), request.prompt)
    found["url"] = f"https://docs.fal.ai/errors#{kind}"
    told = rule.units_header if rule.units_header is not None else bool(rule.billed)
    headers = {"x-fal-billable-units": units if rule.billed else "0"} if told else {}
    return Outcome(
        rule.status or 422, {"detail": [found]}, headers, error=found["msg"], error_type=kind,
        units=Decimal(units) if rule.billed else None, charged_as="refusal",
    )  # fmt: skip


def _count(body: dict[str, Any]) -> int:
    asked = body.get("num_images")
    return min(asked, _MOST_IMAGES) if isinstance(asked, int) and asked > 0 else 1


def _output(
    world: World,
    request: FalRequest,
    sizes: list[tuple[int, int]],
    sources: tuple[bytes, ...],
    *,
    black: bool,
) -> dict[str, Any]:
    seed = request.body.get("seed")
    if not isinstance(seed, int):
        seed = random.Random(request.id).getrandbits(32)  # noqa: S311  (repeatable on purpose)
    kind = f"image/{request.body.get('output_format') or 'jpeg'}"
    kind = kind if kind in ENDINGS else "image/jpeg"
    images = []
    for index, (width, height) in enumerate(sizes):
        recipe = Recipe(request.prompt, seed + index, width, height, kind, black, sources)
        images.append(_image(world, request, index, recipe))
    schema = world.fal.endpoints.output_schema(request.endpoint)
    told = schema.get("properties") or {"images": {}, "seed": {}}
    everything: dict[str, Any] = {
        "images": images, "image": images[0], "timings": {"inference": world.fal.account.seconds},
        "seed": seed, "has_nsfw_concepts": [black] * len(images), "prompt": prompt_of(request.body),
        "description": "",
    }  # fmt: skip
    if "images" in told:
        everything.pop("image")
    return {name: value for name, value in everything.items() if name in told}


def _image(world: World, request: FalRequest, index: int, recipe: Recipe) -> dict[str, Any]:
    file = Stored(recipe, recipe.media_type, request.endpoint, request.prompt)
    data = file.read()
    name = f"{index}.{ENDINGS[recipe.media_type]}"
    if request.body.get("sync_mode"):
        url = f"data:{recipe.media_type};base64,{base64.b64encode(data).decode('ascii')}"
    else:
        url = world.base + world.files.put(f"{request.id}/{name}", file)
    return {
        "url": url, "width": recipe.width, "height": recipe.height,
        "content_type": recipe.media_type, "file_name": name, "file_size": len(data),
    }  # fmt: skip


def _sources(world: World, body: dict[str, Any]) -> tuple[bytes, ...]:
    found: list[bytes] = []
    for name, value in body.items():
        if name.endswith(("_url", "_urls")):
            values = value if isinstance(value, list) else [value]
            found += [_source(world, name, url) for url in values if isinstance(url, str) and url]
    return tuple(found)


def _source(world: World, name: str, url: str) -> bytes:
    data = _fetched(world, url)
    shown = url if len(url) < 200 else f"{url[:200]}…"
    if data is None:
        msg = "Failed to download the file. Please check if the URL is accessible and try again."
        raise BadSource(problem("file_download_error", msg, ("body", name), shown))
    try:
        measure(data)
    except OSError as error:
        msg = "Failed to load the image. Please ensure the image file is not corrupted."
        raise BadSource(problem("image_load_error", msg, ("body", name), shown)) from error
    return data


def _fetched(world: World, url: str) -> bytes | None:
    """Bytes of a data URI or of a file of this very emulator; the network is never used."""
    if url.startswith("data:"):
        head, _, rest = url.partition(",")
        try:
            return (
                base64.b64decode(rest, validate=True)
                if ";base64" in head
                else (unquote_to_bytes(rest))
            )
        except binascii.Error:
            return None
    if not world.base or not url.startswith(f"{world.base}/files/"):
        return None
    file = world.files.get(urlsplit(url).path.removeprefix("/files/"))
    return None if file is None else file.read()
