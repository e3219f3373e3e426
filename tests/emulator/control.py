"""Steering an emulator from another process: trouble, bill, account, time (``/_emulator/…``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator.fal_account import FalAccount
from tests.emulator.fal_prices import FalPrice
from tests.emulator.world import World

Action = Callable[[World, dict[str, Any]], dict[str, Any]]


def add_trouble(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """``{"kind": …, "nth": …}``: the arguments of ``Trouble.add``."""
    world.trouble.add(**wish)
    return {"trouble": world.trouble.as_json()}


def clear_trouble(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """Behave again."""
    world.trouble.clear()
    return {"trouble": []}


def tell_trouble(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """The rules in force."""
    return {"trouble": world.trouble.as_json()}


def tell_bill(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """The whole bill."""
    world.fal.queue.settle()
    return world.bill.as_json()


def tell_account(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """The account and its habits, and how the queue stands."""
    queue = world.fal.queue
    counts = {"waiting": queue.waiting, "running": queue.running, "done": queue.done}
    return {"account": asdict(world.fal.account), "queue": counts}


def set_account(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """Any field of :class:`FalAccount`."""
    names = {field.name for field in fields(FalAccount)}
    strangers = set(wish) - names
    if strangers:
        raise ValueError(f"no such field: {', '.join(sorted(strangers))}")
    for name, value in wish.items():
        setattr(world.fal.account, name, tuple(value) if isinstance(value, list) else value)
    return tell_account(world, wish)


def set_price(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """``{"endpoint": …, "unit_price": micros, "unit": "image" or "megapixel"}``."""
    price = FalPrice(wish["unit_price"], wish.get("unit", "image"))
    world.fal.prices[wish["endpoint"]] = price
    return {"endpoint": wish["endpoint"], "unit_price": price.unit_price, "unit": price.unit}


def hold(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """No run ends by itself."""
    world.fal.queue.hold()
    return tell_account(world, wish)


def resume(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """Runs end by themselves."""
    world.fal.queue.resume()
    return tell_account(world, wish)


def release(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """``{"count": 1}``: let the longest-running requests end."""
    return {"released": world.fal.queue.release(wish.get("count", 1))}


def advance(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """``{"seconds": …}``: let time pass at once."""
    world.clock.advance(wish["seconds"])
    world.fal.queue.settle()
    return {"now": world.clock.now()}


def reset(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    """As new."""
    world.reset()
    return {"reset": True}


def routes() -> list[Route]:
    """The routes below ``/_emulator``."""
    table: list[tuple[str, str, Action]] = [
        ("GET", "trouble", tell_trouble),
        ("POST", "trouble", add_trouble),
        ("DELETE", "trouble", clear_trouble),
        ("GET", "bill", tell_bill),
        ("GET", "account", tell_account),
        ("POST", "account", set_account),
        ("POST", "price", set_price),
        ("POST", "hold", hold),
        ("POST", "resume", resume),
        ("POST", "release", release),
        ("POST", "advance", advance),
        ("POST", "reset", reset),
    ]
    return [
        Route(f"/_emulator/{name}", _route(action), methods=[method])
        for method, name, action in table
    ]


def _route(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        world: World = request.app.state.world
        try:
            wish = await request.json() if await request.body() else {}
            with world.lock:
                return JSONResponse(action(world, wish))
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return answer
