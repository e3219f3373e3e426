"""What the emulated fal charges: units of a request times the price of one (providers.md §1.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from tests.emulator.bill import Micros
from tests.emulator.fal_account import FalAccount
from tests.emulator.fal_endpoints import FalEndpoints


@dataclass(frozen=True, slots=True)
class FalPrice:
    """Price of one unit in micro-dollars; ``factors`` multiplies the units by an input's value."""

    unit_price: Micros
    unit: str = "image"
    """``image`` or ``megapixel``."""
    factors: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)


OTHERWISE = FalPrice(40_000)
_PRICES = {
    "fal-ai/flux/dev": FalPrice(25_000, "megapixel"),
    "fal-ai/flux/dev/image-to-image": FalPrice(30_000, "megapixel"),
    "fal-ai/flux/schnell": FalPrice(3_000, "megapixel"),
    "fal-ai/z-image/turbo": FalPrice(5_000, "megapixel"),
    "fal-ai/nano-banana-2": FalPrice(80_000),
    "fal-ai/nano-banana-2/edit": FalPrice(80_000),
    "fal-ai/nano-banana-pro": FalPrice(
        150_000, factors={"resolution": {"4K": Decimal(2)}}  # double at 4K
    ),
    "openai/gpt-image-2": FalPrice(120_000),
}  # fmt: skip


class FalPrices(dict[str, FalPrice]):
    """Endpoint → price; assign to change one. Every endpoint has a price, told or not."""

    def __init__(self) -> None:
        super().__init__(_PRICES)
        self.untold: set[str] = set()
        """Endpoints that the pricing route does not know."""

    def known(self, endpoint: str, endpoints: FalEndpoints) -> bool:
        """Whether the pricing route tells the price of an endpoint."""
        if endpoint in self.untold:
            return False
        return endpoint in self or endpoints.openapi(endpoint) is not None

    def __missing__(self, endpoint: str) -> FalPrice:
        return OTHERWISE

    def units(
        self,
        endpoint: str,
        body: Mapping[str, Any],
        sizes: Sequence[tuple[int, int]],
        account: FalAccount,
    ) -> Decimal:
        """Billed units of finished pictures with these widths and heights."""
        price = self[endpoint]
        if price.unit == "megapixel":
            units = sum((_megapixels(size, account) for size in sizes), Decimal(0))
        else:
            units = Decimal(len(sizes))
        for name, factors in price.factors.items():
            units *= factors.get(str(body.get(name)), Decimal(1))
        return units


def _megapixels(size: tuple[int, int], account: FalAccount) -> Decimal:
    exact = Decimal(size[0] * size[1]) / account.megapixel
    if account.whole_megapixels:
        return exact.to_integral_value(rounding=ROUND_CEILING)
    return exact.quantize(Decimal("0.0001"))
