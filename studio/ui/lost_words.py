"""Lost and found in plain words: what is missing, what it may cost, and what a look found out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from studio.models import Charged, Micros, Quote, format_usd
from studio.models.lost import Found, LookedAt, LostItem, LostKind, LostSummary, Reconciled
from studio.models.standing import quoted_words
from studio.ui.words import count

TITLES: dict[LostKind, str] = {
    LostKind.UNKNOWN: "Nobody knows whether these were made",
    LostKind.PAID: "Paid for, but no picture",
    LostKind.LATE: "Made, still on its way",
}
MEANINGS: dict[LostKind, str] = {
    LostKind.UNKNOWN: "The answer was lost on the way. They are looked for again by themselves; "
    "until it is clear, their money stays set aside and nothing is sent a second time.",
    LostKind.PAID: "The provider charged for them, or may have, and there is no picture.",
    LostKind.LATE: "The provider has made them. Their files are fetched again and again until "
    "they are here. There is nothing that you must do.",
}
ICONS: dict[LostKind, tuple[str, str]] = {
    LostKind.UNKNOWN: ("help", "orange"),
    LostKind.PAID: ("money_off", "red"),
    LostKind.LATE: ("hourglass_top", "blue"),
}
_FOUND: dict[Found, tuple[str, str]] = {
    Found.IN_GALLERY: ("is in the gallery now", "are in the gallery now"),
    Found.BEING_MADE: ("was found and is on its way", "were found and are on their way"),
    Found.NEVER_ARRIVED: (
        "never reached the provider: it was not charged and is made in its turn",
        "never reached the provider: they were not charged and are made in their turn",
    ),
    Found.ENDED: (
        "was found: it ended without a picture",
        "were found: they ended without a picture",
    ),
    Found.STILL_UNKNOWN: ("is still unknown", "are still unknown"),
    Found.NOT_FOUND: (
        "cannot be had any more: the provider does not keep it",
        "cannot be had any more: the provider does not keep them",
    ),
}
GOOD = frozenset({Found.IN_GALLERY, Found.BEING_MADE, Found.NEVER_ARRIVED})
_ADDRESS = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+/[\w/?=&#%-]*")
_STEPS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


@dataclass(frozen=True, slots=True)
class Again:
    """What making pictures again means for money."""

    quotes: tuple[Quote, ...]
    """What each is expected to cost the second time."""
    held: Micros
    """Set aside for the first time; it counts as spent then."""
    perhaps: int
    """How many of them may have been made already."""
    paid: Micros = 0
    """What the first time cost, where it was charged for nothing."""

    @property
    def price(self) -> Quote:
        """What it costs to make all of them."""
        whole = Quote(low=0, expected=0, high=0)
        for quote in self.quotes:
            whole = whole.plus(quote)
        return whole


def span_words(seconds: float) -> str:
    """A length of time as people say it: ``34 minutes``, ``2 hours``, ``less than a minute``."""
    for size, name in _STEPS:
        number = round(seconds / size)
        if number >= 1 and seconds >= size:
            return count(number, name)
    return "less than a minute"


def ago(moment: datetime, now: datetime) -> str:
    """``2 hours ago``."""
    return f"{span_words(max(0.0, (now - moment).total_seconds()))} ago"


def told_once(*texts: str) -> str:
    """Texts as one, without sentences said before and those that only repeat an address."""
    kept: list[str] = []
    seen: set[str] = set()
    for sentence in re.split(r"(?<=[.!?])\s+", " ".join(texts).strip()):
        addresses = set(_ADDRESS.findall(sentence))
        if sentence in kept or (addresses and addresses <= seen):
            continue
        kept.append(sentence)
        seen |= addresses
    return " ".join(kept)


def amount_words(item: LostItem) -> str:
    """What is at stake: ``$0.025 set aside``, ``$0.03 may have been charged``."""
    if item.kind is LostKind.UNKNOWN:
        return f"{format_usd(item.amount) if item.amount else 'nothing'} set aside"
    amount = format_usd(item.amount)
    match item.charged:
        case Charged.NO:
            return "not charged"
        case Charged.MAYBE:
            return f"{amount} may have been charged" if item.amount else "may have been charged"
        case _:
            return f"{amount} charged" if item.amount else "charged, amount not told"


def time_words(item: LostItem, now: datetime) -> list[str]:
    """When it was sent and looked for, when that happens again, and how long there is time."""
    words = [] if item.sent_at is None else [f"sent {ago(item.sent_at, now)}"]
    if item.looks:
        words.append(f"looked for {count(item.looks, 'time')}")
    if item.kind is LostKind.UNKNOWN and item.next_look is None:
        words.append("not looked for again by itself")
    if item.next_look is not None:
        words.append(_next_words(item.next_look, now))
    return words


def kept_words(item: LostItem, now: datetime) -> str:
    """``about 34 minutes until fal may delete it``; empty where nobody knows."""
    if item.kept_until is None:
        return ""
    left = (item.kept_until - now).total_seconds()
    if left <= 0:
        return f"{item.provider} may have deleted it by now"
    return f"about {span_words(left)} until {item.provider} may delete it"


def is_urgent(item: LostItem, now: datetime) -> bool:
    """Whether the provider may delete it within the hour."""
    return item.kept_until is not None and 0 < (item.kept_until - now).total_seconds() < 3_600


def summary_words(summary: LostSummary) -> str:
    """All of it in one line: ``3 of unknown outcome, 2 paid for without a picture``."""
    parts = [
        (summary.unknown, "of unknown outcome"),
        (summary.paid, "paid for without a picture"),
        (summary.late, "still on the way"),
    ]
    return ", ".join(f"{number:,} {words}" for number, words in parts if number)


def stake_words(summary: LostSummary) -> str:
    """The money at stake: ``$0.075 set aside, $0.05 charged``; empty where there is none."""
    parts = [(summary.held, "set aside"), (summary.charged, "charged")]
    return ", ".join(f"{format_usd(amount)} {words}" for amount, words in parts if amount)


def looked_words(looked: Sequence[LookedAt]) -> str:
    """What looks found out: ``Looked for 12 pictures: 3 are in the gallery now; 9 are …``."""
    parts = []
    for found, (one, many) in _FOUND.items():
        number = sum(1 for item in looked if item.found is found)
        if number:
            parts.append(f"{number:,} {one if number == 1 else many}")
    return f"Looked for {count(len(looked))}: {'; '.join(parts)}."


def reconciled_words(result: Reconciled) -> str:
    """What looking everything up brought."""
    if not (result.looked or result.bills_asked or result.bills_waiting):
        return "There was nothing to look for."
    words = [looked_words(result.looked)] if result.looked else []
    if result.bills_asked:
        asked = count(result.bills_asked, "cost")
        words.append(f"{asked} compared with the provider's own bill.")
    if result.bills_waiting:
        waiting = count(result.bills_waiting, "bill")
        words.append(f"{waiting} cannot be complete yet; that is asked again later by itself.")
    return " ".join(words)


def again_words(again: Again) -> list[str]:
    """What a person must know before something is made a second time."""
    number = len(again.quotes)
    this, they = ("it", "it was") if number == 1 else ("them", "they were")
    price = quoted_words(again.price)
    charged = "costs" if again.price.expected is not None else "is charged"
    words = [f"Making {this} again {charged} {price}."]
    if again.price.is_free:
        words = [f"Making {this} again is free."]
    elif again.perhaps:
        words.append(f"If {they} made the first time after all, you pay twice.")
    else:
        before = f"the {format_usd(again.paid)}" if again.paid else "what was"
        words.append(f"That comes on top of {before} charged before.")
    if again.held:
        words.append(f"The {format_usd(again.held)} set aside for the first time counts as spent.")
    return words


def again_label(again: Again) -> str:
    """For the button that does it."""
    price = again.price
    if price.is_free:
        return "Make again"
    if price.expected is None:
        return "Make again, price not known"
    return f"Make again, about {format_usd(price.expected)}"


def _next_words(moment: datetime, now: datetime) -> str:
    left = (moment - now).total_seconds()
    return "is looked for again now" if left < 1 else f"is looked for again in {span_words(left)}"
