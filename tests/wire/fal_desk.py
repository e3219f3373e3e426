"""A fal adapter on a scripted network: what is sent is kept, what is answered is given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import httpx
import pytest

from studio.models import Call, Fault, InputNames, PictureRequest, ProviderFault
from studio.providers._base import Context, P
from studio.providers.fal import Fal
from tests.studio_fixture import QuickClock

T = TypeVar("T")
Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]

KEY = "11111111-2222-3333-4444-555555555555:a-secret-that-nobody-sees"
ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
QUEUE, PLATFORM, REST = "https://queue.fal.run", "https://api.fal.ai/v1", "https://rest.fal.ai"
LIST = f"{PLATFORM}/models/requests/by-endpoint"
BILL, UNITS = f"{PLATFORM}/models/billing-events", "x-fal-billable-units"
HERE = f"{QUEUE}/fal-ai/flux/requests/{ID}"
REF: dict[str, Any] = {
    "request_id": ID,
    "endpoint": "fal-ai/flux/dev",
    "status_url": f"{HERE}/status",
    "response_url": HERE,
    "cancel_url": f"{HERE}/cancel",
}
FIELDS: dict[str, Any] = {
    "prompt": "a red boat",
    "image_size": {"width": 512, "height": 512},
    "num_images": 1,
}
OURS: dict[str, Any] = {**FIELDS, "seed": 1234567}
COMPLETED: dict[str, Any] = {"status": "COMPLETED", "request_id": ID, "logs": None, "metrics": {}}
PICTURE: dict[str, Any] = {
    "images": [{"url": "https://v3.fal.media/files/a/b.jpg", "content_type": "image/jpeg"}]
}
NGINX = "<html><head><title>502 Bad Gateway</title></head><center>nginx</center></html>"
SENT_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def at_once(function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
    """What a worker would do, done here."""
    return function(*args, **kwargs)


class SetClock(QuickClock):
    """A clock that shows what a test says; waiting moves it."""

    def __init__(self, at: datetime = SENT_AT) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        """The time set, and what was waited since."""
        return self.at


@dataclass
class Desk:
    """The adapter, its context, and the network."""

    key: str | None = KEY
    clock: SetClock = field(default_factory=SetClock)
    bases: dict[str, str] = field(default_factory=dict)
    fal: Fal = field(default_factory=Fal)
    seen: list[httpx.Request] = field(default_factory=list)
    script: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    ahead: float | None = 0.0
    """Seconds that fal's clock is before ours; ``None``: its answers bear no date."""

    def on(self, method: str, url: str, *answers: Answer) -> Desk:
        """Answer requests to an address (without its query) in this order; the last one stays."""
        self.script[method, url] = list(answers)
        return self

    def run(self, work: Callable[[Fal, Context], Coroutine[Any, Any, T]]) -> T:
        """Let the adapter do something."""

        async def drive() -> T:
            transport = httpx.MockTransport(self._answer)
            async with httpx.AsyncClient(transport=transport) as client:
                context = Context(
                    cpu=at_once, clock=self.clock, http=client, secret=self.key, bases=self.bases
                )
                return await work(self.fal, context)

        with asyncio.Runner() as runner:
            return runner.run(drive())

    def fault(self, work: Callable[[Fal, Context], Coroutine[Any, Any, Any]]) -> Fault:
        """The fault that something ends with; none holds the key."""
        with pytest.raises(ProviderFault) as caught:
            self.run(work)
        fault = caught.value.fault
        assert "a-secret" not in fault.model_dump_json()
        assert fault.message.endswith((".", "!"))
        assert fault.hint
        return fault

    def sent(self, method: str = "", part: str = "") -> list[httpx.Request]:
        """What was sent to addresses with that part in them."""
        return [
            request
            for request in self.seen
            if method in {"", request.method} and part in str(request.url)
        ]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.seen.append(request)
        url = str(request.url.copy_with(query=None))
        answers = self.script.get((request.method, url))
        if answers is None:
            return httpx.Response(404, json={"detail": "not scripted"})
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        response = _copy(answer) if isinstance(answer, httpx.Response) else answer(request)
        if self.ahead is not None:
            date = self.clock.now() + timedelta(seconds=self.ahead)
            response.headers["date"] = format_datetime(date, usegmt=True)
        return response


def _copy(answer: httpx.Response) -> httpx.Response:
    if isinstance(answer.stream, httpx.ByteStream):
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    return answer


def a_call(**changes: Any) -> Call:
    """A call for one picture with a seed."""
    params = changes.pop("params", {})
    model = changes.pop("model", "fal:fal-ai/flux/dev")
    request = PictureRequest(model=model, prompt="a red boat", width=512, height=512, params=params)
    given: dict[str, Any] = {
        "job_id": "j_1", "attempt": 1, "request": request, "seed": 1234567, "body": dict(FIELDS),
        "names": InputNames(seed="seed", images="image_url"), "sent_at": SENT_AT,
    }  # fmt: skip
    return Call(**given | changes)


def receipt(**changes: Any) -> httpx.Response:
    """The answer to a submit."""
    body = {
        "status": "IN_QUEUE", "request_id": ID, "gateway_request_id": ID, "queue_position": 3,
        "response_url": HERE, "status_url": f"{HERE}/status", "cancel_url": f"{HERE}/cancel",
        "logs": None, "metrics": {},
    }  # fmt: skip
    return httpx.Response(200, json=body | changes)


def line(request_id: str = ID, *, sent: float = 1.0, **more: Any) -> dict[str, Any]:
    """One line of fal's list, sent so many seconds after the job was claimed."""
    moment = (SENT_AT + timedelta(seconds=sent)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body = {"request_id": request_id, "endpoint_id": "fal-ai/flux/dev", "sent_at": moment}
    return body | {"started_at": moment, "ended_at": None, "json_input": OURS} | more


def ended(status: int = 200, output: object = None, *, after: float = 9.0) -> dict[str, Any]:
    """The line of a request that ended so many seconds after the job was claimed."""
    moment = (SENT_AT + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return line(ended_at=moment, status_code=status, json_output=output)


def shown(*lines: dict[str, Any], **more: Any) -> httpx.Response:
    """One page of the list."""
    body = {"items": list(lines), "has_more": False, "next_cursor": None}
    return httpx.Response(200, json=body | more)


def finished(result: httpx.Response, *, price: float | None = 0.025, **status: Any) -> Desk:
    """A desk where the request has ended with this result."""
    desk = Desk().on("GET", f"{HERE}/status", httpx.Response(200, json=COMPLETED | status))
    desk.on("GET", HERE, result)
    if price is not None:
        told = {"endpoint_id": "fal-ai/flux/dev", "unit_price": price, "unit": "images"}
        body = {"prices": [told | {"currency": "USD"}], "has_more": False, "next_cursor": None}
        desk.on("GET", f"{PLATFORM}/models/pricing", httpx.Response(200, json=body))
    return desk


def typed(kind: str, *loc: str, msg: str = "It does not fit") -> dict[str, Any]:
    """The model's own list of errors, with one in it."""
    return {"detail": [{"loc": list(loc) or ["body", "prompt"], "msg": msg, "type": kind}]}


def flat(detail: str, error_type: str = "") -> dict[str, str]:
    """An error of the infrastructure."""
    return {"detail": detail} | ({"error_type": error_type} if error_type else {})


def compact(body: object) -> bytes:
    """JSON as it is to be sent."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
