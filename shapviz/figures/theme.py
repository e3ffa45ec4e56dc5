"""Colours and sizes of every figure, one frozen value a theme. No drawing here."""

from __future__ import annotations

from dataclasses import dataclass

from shapviz.errors import InputError, complaint

__all__ = ["DARK", "FONT", "FONT_SIZE", "LIGHT", "THEMES", "Theme", "as_theme", "blend", "fade"]

FONT = '"Source Sans", sans-serif'
FONT_SIZE = 13


@dataclass(frozen=True)
class Theme:
    """What a figure may be coloured with. Contrast on `page` was checked for every role.

    Attributes
    ----------
    up, down : str
        Fills for "pushes up" and "pushes down"; `up_text`, `down_text` are for numbers.
    sequential : tuple of str
        Nine stops for a feature value, low to high; high has the most contrast.
    series : tuple of str
        Up to four series; each needs its own dash or marker too.
    band : float
        Opacity of a trend's band.
    """

    name: str
    page: str
    panel: str
    ink: str
    muted: str
    up: str
    down: str
    up_text: str
    down_text: str
    on_fill: str
    accent: str
    link: str
    neutral: str
    zero: str
    border: str
    grid: str
    sequential: tuple[str, ...]
    series: tuple[str, ...]
    band: float

    def effect(self, value: float) -> str:
        """Return the fill for a SHAP value's sign; zero counts as up."""
        return self.down if value < 0 else self.up

    def effect_text(self, value: float) -> str:
        """Return the text colour for a SHAP value's sign; muted for zero."""
        if value == 0:
            return self.muted
        return self.down_text if value < 0 else self.up_text

    def sequential_scale(self) -> list[list[float | str]]:
        """Return the feature-value scale as Plotly's list of (position, colour)."""
        last = len(self.sequential) - 1
        return [[i / last, colour] for i, colour in enumerate(self.sequential)]

    def sequential_steps(self, count: int) -> list[str]:
        """Return `count` colours evenly along the feature-value scale."""
        last = len(self.sequential) - 1
        steps = []
        for k in range(count):
            at = k / max(count - 1, 1) * last
            i = min(int(at), last - 1)
            steps.append(blend(self.sequential[i], self.sequential[i + 1], at - i))
        return steps

    def diverging_scale(self) -> list[list[float | str]]:
        """Return the overlay scale: the fill colours, transparent at zero."""
        return [
            [0.0, fade(self.down, 1.0)],
            [0.5, fade(self.down, 0.0)],
            [0.5, fade(self.up, 0.0)],
            [1.0, fade(self.up, 1.0)],
        ]


LIGHT = Theme(
    name="light",
    page="#FFFFFF",
    panel="#F6F5F2",
    ink="#23211E",
    muted="#67635B",
    up="#C14F18",
    down="#2672B7",
    up_text="#A94008",
    down_text="#0C60A3",
    on_fill="#FFFFFF",
    accent="#6C2F76",
    link="#6C2F76",
    neutral="#8A857B",
    zero="#8C877D",
    border="#E2DFD8",
    grid="#ECEAE5",
    sequential=(
        "#52A266", "#2A9479", "#0E8483", "#127386", "#226084",
        "#2F4E7E", "#3A3A74", "#432364", "#49044D",
    ),
    series=("#23211E", "#8E4A99", "#0E8483", "#A88200"),
    band=0.10,
)  # fmt: skip

DARK = Theme(
    name="dark",
    page="#17181A",
    panel="#222427",
    ink="#ECE9E4",
    muted="#A8A49B",
    up="#F0834E",
    down="#58A5E4",
    up_text="#F7A97C",
    down_text="#89C5F3",
    on_fill="#17181A",
    accent="#BD7AC7",
    link="#D6A2DE",
    neutral="#8D897F",
    zero="#77736B",
    border="#36383B",
    grid="#2A2C2F",
    sequential=(
        "#3C7C4C", "#358A73", "#3E9795", "#55A1B4", "#72ABCF",
        "#92B3E7", "#B6BAF9", "#DAC1FF", "#FCCAFF",
    ),
    series=("#ECE9E4", "#BD7AC7", "#3E9795", "#D0AE3F"),
    band=0.14,
)  # fmt: skip

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def as_theme(theme: str | Theme) -> Theme:
    """Return the theme of that name, or the theme itself.

    Raises
    ------
    InputError
        For an unknown name.
    """
    if isinstance(theme, Theme):
        return theme
    if theme in THEMES:
        return THEMES[theme]
    raise InputError(
        complaint("theme", 'be "light", "dark" or a Theme', theme, 'Use theme="light".')
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def fade(colour: str, opacity: float) -> str:
    """Return ``rgba(r,g,b,opacity)`` for a ``#RRGGBB`` colour."""
    red, green, blue = _rgb(colour)
    return f"rgba({red},{green},{blue},{opacity:g})"


def blend(low: str, high: str, share: float) -> str:
    """Return the colour at `share` (0 to 1) of the way from `low` to `high`, in sRGB."""
    mixed = (round(a + (b - a) * share) for a, b in zip(_rgb(low), _rgb(high), strict=True))
    return "#{:02X}{:02X}{:02X}".format(*mixed)
