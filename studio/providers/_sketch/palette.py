"""Named palettes, and how colour words of a prompt bend them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.providers._sketch.colour import light, mix, rgb, saturate, with_light
from studio.providers._sketch.noise import Array, Rng


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one picture."""

    name: str
    sky: list[Array]
    """Four, from the top to the horizon."""
    land: list[Array]
    """Three, from far to near."""
    accents: list[Array]
    """Four colours for subjects."""
    sun: Array
    ink: Array
    paper: Array

    @property
    def dark(self) -> bool:
        """Whether this is a night palette: lamps glow, windows are lit."""
        return light(self.sky[1]) < 0.3

    def far_to_near(self, at: float) -> Array:
        """Land colour at a depth, 0 far .. 1 near."""
        if at < 0.5:
            return mix(self.land[0], self.land[1], at * 2)
        return mix(self.land[1], self.land[2], at * 2 - 1)


# name: sky (4), land (3), accents (4), sun, ink, paper
_TABLE = {
    "dawn": "2e4072 8b6f9f f0a58f ffe3c0|"
    "d3a1a6 7d6389 2b2a49|f2a07b f6d186 8fb1c9 d96c75|fff1d0 231f3a fbf3ea",
    "sunset": "3a2a63 a8456f f27d55 ffd894|"
    "c4667a 74375f 24183a|f9844a f9c74f d1495b 577590|fff0bf 1f1430 fff4e4",
    "day": "2f7dbf 72b3de bfe1ef f6f3e0|"
    "a3c6d2 5f9a84 24503f|f4a259 e76f51 2a9d8f f2e3bc|fffbe6 16303a fdfaf1",
    "mist": "8496a3 adbac0 d3d9d6 eeebe3|"
    "b7c1c1 728582 2b3a3b|c9a88a 8fa69a d8c3a5 5d737e|fffaf0 1f2a2d f6f4ee",
    "dusk": "111c40 33417c 8f6ca6 f4ab8f|"
    "6a5f95 373a70 0e1430|f4a88c ffd07b 6f86d6 d8668f|ffe7c4 0a0f26 f5eef0",
    "night": "050a1c 0d1b41 203a72 41639b|"
    "2a4275 14234d 040714|ffd27a 7fb4ff f08a7a b79cff|fff7d9 03050e eef1fa",
    "winter": "7ea9cc b1cee2 dfebf2 fbf5ef|"
    "bdd2e1 7ca0bd 2c4d69|5f9ea0 e98a7b 2f6690 d9e6ee|fffaf0 1a3146 f8fbfd",
    "spring": "86c4da bfe1dc f3ebe0 ffdcdc|"
    "bcd9bd 7fb584 356b4d|f497a8 ffd166 8ecf9c b79ced|fffbe6 22402f fffaf5",
    "autumn": "6f88a3 cdb192 f1c77e fbe6ba|"
    "dca465 b0602f 4f2418|d9622b f2b134 8c2f1b 60702f|fff1c4 2c140c fdf5e6",
    "desert": "3a7ca5 a6c8c6 f3dcb0 f8be82|"
    "eab077 cc7444 6f2e1e|e4572e f3c677 2e8f8b 7b2d26|fff3d0 35160f fdf3e3",
    "tropical": "0f86a8 4fc0c2 bfeadb ffeac0|"
    "6fbfb0 1f8f7f 0b4f4a|ff7f6a ffcf56 18b7a5 f05d8e|fffbe0 06322f fdfbf2",
    "forest": "5b8a86 9dbfae d6e2c6 f4efd2|"
    "a6c0a2 4f7d5f 132f26|e9b44c d96941 8ab17d f1e4c3|fffbe0 0d211b f7f6ea",
    "ocean": "0c4a78 2f86b4 8cc7d8 e6f1ea|"
    "6fa6bd 2a6a8c 0a2b45|f6bd60 f28482 84a59d f7ede2|fffbe6 061c30 f5fafb",
    "mono": "595b60 8e9095 c3c4c6 ececea|"
    "b6b7b9 77797d 222326|e5e4e0 9c9da0 55575b cfcfcd|ffffff 141518 f7f6f3",
    "pastel": "a5c4e4 cdd0ee f3d5e2 fdeadb|"
    "d6cfe6 a9bfd8 6c7fa5|f6b6c1 fbe0a5 b5e2d1 c9b6e4|fffaf0 3f4366 fffaf7",
    "candy": "5f6ad8 b07de8 ff9fc4 ffdcb8|"
    "c58fe0 7f5fc8 33257a|ff5d8f ffca3a 36d6c3 8a5cf6|fff3dc 22144f fff6fb",
    "earth": "a58b6f c9b191 e4d5bb f5ecdd|"
    "c9b08c 9a7450 44301f|b5651d d9ae61 6b705c a44a3f|fff6e2 291a10 f8f1e5",
    "neon": "0a0620 1b0d42 46147a c22d96|"
    "3b1b78 1c0f4a 07041a|ff2e93 19e3ff ffd23f 8c52ff|ffe9fb 05030f f4eefc",
    "sepia": "a38b68 c4ad88 e2d1b0 f4e8cf|"
    "c2a880 8a6a48 3d2a1b|b5763a d8b26e 7c5a3c e7d5b0|fff4d8 2a1b10 f7ecd6",
    "luxury": "14161c 22262f 3a3a40 6b5c45|"
    "4a4640 2a2a2e 0c0d10|d4a95a f0dfb6 8a6b3d b9b4a8|ffe9bd 08090b f4efe6",
    "clay": "e4c4ae edd5c2 f5e5d7 fbf1e7|"
    "dcb299 c08a70 7b4a3a|cf7a5b e7b98f 8a9a86 f2d9bd|fff6ea 432619 fbf4ec",
    "mint": "8fcfc0 b6e2d5 d9f0e6 f5faf0|"
    "a9d6c6 63a995 1f5b50|ff8f73 ffd27d 3fb3a0 f3efe2|fffdf0 0f352f f7fcf8",
    "berry": "3d1a4a 7a2a63 c4547f f6b5a9|"
    "a85583 64265c 240f33|e63e6d f7a072 8f3fa8 ffd6c2|fff0e0 1a0a26 fdf2f3",
}  # fmt: skip

NAMES: tuple[str, ...] = tuple(sorted(_TABLE))

COLOURS = {
    "red": "d7263d", "crimson": "b3123f", "scarlet": "e0301e", "orange": "f58220",
    "amber": "ffb000",
    "gold": "d4a23a", "golden": "e3b04b", "yellow": "f7cf3c", "lemon": "f7e15c", "lime": "a8d52f",
    "green": "3f9b57", "emerald": "0f9d6b", "olive": "7a7d3a", "sage": "9caf88", "mint": "98d8c0",
    "teal": "16838a", "turquoise": "2ec4b6", "cyan": "22c7e8", "aqua": "4fd3d3", "blue": "2f6fd0",
    "navy": "14295c", "cobalt": "1f4fc4", "indigo": "3f3aa8", "azure": "4f9df0", "violet": "7c4fd0",
    "purple": "7b2fa8", "lavender": "b8a4e8", "lilac": "c9a7e4", "magenta": "d6249f",
    "pink": "f48fb1", "rose": "e8788a", "coral": "ff7b5f", "peach": "fbb894", "salmon": "fa8a78",
    "brown": "7b4a2b", "chocolate": "5a2f1c", "beige": "e4d3b4", "cream": "f6ead0",
    "ivory": "f5f0dc", "tan": "cfa97a", "terracotta": "c8643f", "rust": "b0472a",
    "copper": "b8703f", "bronze": "a0763a", "silver": "b8bec6", "grey": "8a8f96", "gray": "8a8f96",
    "black": "16171b", "white": "f5f5f2", "charcoal": "33363c", "maroon": "6d1528",
    "burgundy": "751b35", "mustard": "d9a521", "ochre": "cc8a2e", "icy": "a9d6ee",
    "ice": "a9d6ee", "fiery": "f2541b", "blush": "f3c3bd", "sand": "e2c79a", "khaki": "b9a878",
}  # fmt: skip


def named(name: str) -> Palette:
    """The palette called ``name``."""
    groups = [[rgb(part) for part in group.split()] for group in _TABLE[name].split("|")]
    sky, land, accents, (sun, ink, paper) = groups
    return Palette(name=name, sky=sky, land=land, accents=accents, sun=sun, ink=ink, paper=paper)


def bend(palette: Palette, words: list[str], rng: Rng) -> Palette:
    """The palette with the prompt's colour words worked into it, and a little chance."""
    colours = [rgb(COLOURS[word]) for word in words][:4]
    turn = rng.normal(0, 0.018, size=3).astype(np.float32)
    sky = [np.clip(colour + turn, 0, 1) for colour in palette.sky]
    land = [np.clip(colour + turn, 0, 1) for colour in palette.land]
    accents = list(palette.accents)
    shift = int(rng.integers(0, len(accents)))
    accents = accents[shift:] + accents[:shift]
    if colours:
        first, last = colours[0], colours[-1]
        grip = 0.62 if palette.name == "mono" else 0.5
        sky = [
            mix(tone, with_light(last if i < 2 else first, light(tone)), grip)
            for i, tone in enumerate(sky)
        ]
        land = [mix(tone, with_light(first, light(tone)), grip * 0.7) for tone in land]
        accents = (colours + accents)[:4]
    return replace(palette, sky=sky, land=land, accents=accents)


def muted(palette: Palette, amount: float) -> Palette:
    """The same palette with its colourfulness scaled."""
    return replace(
        palette,
        sky=[saturate(c, amount) for c in palette.sky],
        land=[saturate(c, amount) for c in palette.land],
        accents=[saturate(c, amount) for c in palette.accents],
    )
