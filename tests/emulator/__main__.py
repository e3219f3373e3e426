"""``python -m tests.emulator``: a local fal to try the app against, with a bill at the end."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
import time
from pathlib import Path

from tests.emulator.fal_account import FalAccount
from tests.emulator.server import Served, serve
from tests.emulator.trouble import KINDS
from tests.emulator.world import World

PORT = 8790
_RATES = {
    "refuse": ("refuse", "share of requests that are refused for their content"),
    "busy": ("busy", "share of submits answered 429"),
    "lose": ("lost_answer", "share of submits that are accepted and never answered"),
    "fail": ("fail", "share of runs that fail on the infrastructure"),
    "black": ("black", "share of pictures that come back black"),
    "break-pictures": ("picture_cut", "share of downloads that are cut off"),
}


def parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    made = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    made.add_argument("--port", type=int, default=PORT, help="0 takes a free one")
    made.add_argument("--tls", action="store_true", help="speak HTTPS, as the official SDK wants")
    made.add_argument("--seconds-per-picture", type=float, default=3.0, metavar="S")
    made.add_argument("--runners", type=int, default=2, help="requests in progress at once")
    made.add_argument("--balance", type=float, default=10.0, metavar="USD")
    made.add_argument("--no-platform-rights", action="store_true", help="403 on the platform API")
    made.add_argument("--lag", type=float, default=0.0, metavar="S", help="of the request list")
    made.add_argument("--small", action="store_true", help="small pictures where no size is asked")
    made.add_argument("--seed", type=int, default=0, help="decides which requests are struck")
    made.add_argument("--bill", type=Path, metavar="FILE", help="keep the bill in this file")
    for name, (_, text) in _RATES.items():
        made.add_argument(f"--{name}", type=float, default=0.0, metavar="RATE", help=text)
    made.add_argument(
        "--trouble", action="append", default=[], metavar="KIND", choices=sorted(KINDS),
        help="always misbehave in this way; may be repeated",
    )  # fmt: skip
    return made


def world_of(options: argparse.Namespace) -> World:
    """The world that the options describe."""
    account = FalAccount(
        seconds=options.seconds_per_picture,
        runners=options.runners,
        balance=round(options.balance * 1_000_000),
        platform_rights=not options.no_platform_rights,
        list_lag_seconds=options.lag,
        webhook_wait=5.0,
    )
    if not options.small:
        account.default_size = None
    seed = f"{options.seed}:{time.time_ns()}"  # an id of an earlier run must not come again
    world = World(fal=account, seed=seed, bill_file=options.bill)
    world.trouble.seed = options.seed
    if account.balance is not None:
        account.balance -= world.bill.total  # what an earlier run of this file spent is gone
    for name, (kind, _) in _RATES.items():
        rate = getattr(options, name.replace("-", "_"))
        if rate:
            world.trouble.add(kind, rate=rate)
    for kind in options.trouble:
        world.trouble.add(kind)
    return world


def welcome(served: Served) -> str:
    """What to type in another terminal."""
    names = served.environment() | (served.official_environment() if served.authority else {})
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in names.items())
    steer = f"{served.base}/_emulator"
    return f"""fal emulator at {served.base}. Point the app at it:

{exports}

Misbehave, look at the bill, start anew:

curl -X POST {steer}/trouble -d '{{"kind": "busy", "rate": 0.2, "retry_after": 1}}'
curl -X POST {steer}/trouble -d '{{"kind": "refuse", "word": "dragon", "billed": true}}'
curl -X DELETE {steer}/trouble
curl {steer}/bill
curl -X POST {steer}/account -d '{{"balance": 0}}'
curl -X POST {steer}/reset

Ctrl+C ends it.
"""


def farewell(world: World) -> str:
    """The bill in words."""
    bill = world.bill
    twice = sum(count - 1 for count in bill.duplicates.values())
    return (
        f"\nAccepted {len(bill.accepted)} requests ({twice} of them asked for the same again), "
        f"charged {len(bill.charges)}: ${bill.total / 1_000_000:.6f}.\n"
    )


def main(words: list[str] | None = None) -> int:
    """Serve until Ctrl+C; returns the exit code."""
    options = parser().parse_args(words)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job inherits it ignored
    world = world_of(options)
    with serve(world, tls=options.tls, port=options.port) as served:
        sys.stdout.write(welcome(served))
        sys.stdout.flush()
        forever = threading.Event()
        try:
            while not forever.wait(1.0):
                pass
        except KeyboardInterrupt:
            world.fal.queue.settle()
    sys.stdout.write(farewell(world))
    return 0


if __name__ == "__main__":
    sys.exit(main())
