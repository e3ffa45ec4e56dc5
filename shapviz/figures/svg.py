"""Small pictures without a plot library: a demo's real figure without words, and five bars."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.image_pixels import composite, picture_pixels, reduced
from shapviz.figures.inputs_svg import inputs_picture
from shapviz.figures.lanes_svg import window_picture
from shapviz.figures.png import data_uri as png_uri
from shapviz.figures.theme import Theme, as_theme
from shapviz.figures.tokens_placing import placed
from shapviz.types import FloatArray, IntArray
from shapviz.views.beeswarm import BeeswarmRow
from shapviz.views.text import TextView

__all__ = ["demo_picture", "sparkline_svg", "svg_uri"]

WIDTH, HEIGHT = 320, 150
ROWS, MOST = 5, 220
SHADES = 24
LINE, LINES, TRIED = 24, 5, 50


def svg_uri(svg: str) -> str:
    """Return an SVG as a ``data:`` address."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _svg(width: float, height: float, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{body}</svg>'
    )


def sparkline_svg(
    sizes: Sequence[float], *, theme: str | Theme = "light", width: float = 110, height: float = 48
) -> str:
    """Return up to five bars, longest first as given, as an SVG.

    Parameters
    ----------
    sizes : sequence of float
        Importances; those that are not positive numbers have no bar.
    theme : {"light", "dark"} or Theme
    width, height : float
        In pixels.
    """
    look = as_theme(theme)
    clean = [float(size) if np.isfinite(size) and size > 0 else 0.0 for size in sizes][:5]
    longest = max(clean, default=0.0) or 1.0
    step = height / 5
    bars = "".join(
        f'<rect x="2" y="{k * step + 0.2 * step:.1f}" width="{(width - 4) * size / longest:.1f}" '
        f'height="{0.56 * step:.1f}" rx="1" fill="{look.neutral}"/>'
        for k, size in enumerate(clean)
        if size > 0
    )
    return _svg(width, height, bars)


def demo_picture(explanation: Explanation, *, theme: str | Theme = "light", seed: int = 0) -> str:
    """Return a 320 × 150 SVG of the explanation: a beeswarm, an image or a text.

    Parameters
    ----------
    explanation : Explanation
    theme : {"light", "dark"} or Theme
    seed : int
        Of the samples drawn.
    """
    look = as_theme(theme)
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{look.panel}"/>'
    kind = views.modality(explanation)
    if kind in PICTURES:
        return _svg(WIDTH, HEIGHT, ground + PICTURES[kind](explanation, look))
    view = views.beeswarm(explanation, max_display=ROWS, seed=seed)
    rows = [row for row in view.rows if row.feature >= 0][:ROWS]
    low, high = min(float(row.x.min()) for row in rows), max(float(row.x.max()) for row in rows)
    return _svg(WIDTH, HEIGHT, ground + _swarm(rows, (low, high), look, seed))


def _swarm(rows: Sequence[BeeswarmRow], limits: tuple[float, float], look: Theme, seed: int) -> str:
    low, high = limits
    scale = (WIDTH - 36) / (high - low) if high > low else 0.0
    step = (HEIGHT - 16) / len(rows)
    body = ""
    if low <= 0 <= high and scale:
        x = 18 - low * scale
        body += f'<path d="M{x:.1f} 8V{HEIGHT - 8}" stroke="{look.zero}" stroke-width="1"/>'
    rng = np.random.default_rng(seed)
    for k, row in enumerate(rows):
        kept = np.arange(row.x.size)
        if kept.size > MOST:
            kept = np.sort(rng.choice(kept, MOST, replace=False))
        across = 18 + (row.x[kept] - low) * scale if scale else np.full(kept.size, WIDTH / 2)
        spread = float(np.abs(row.offset[kept]).max()) or 1.0
        y = 8 + step * (k + 0.5) - row.offset[kept] * min(3.4, 0.36 * step / spread)
        body += _dots(across, y, _shade(row, kept), look)
    return body


def _shade(row: BeeswarmRow, kept: IntArray) -> FloatArray:
    """Return each dot's place on the scale, 0 to 1; NaN where it has no colour."""
    if row.limits is None:
        return np.full(kept.size, np.nan)
    low, high = row.limits
    span = high - low if high > low else 1.0
    return np.clip((row.colour[kept] - low) / span, 0, 1)


def _dots(x: FloatArray, y: FloatArray, shade: FloatArray, look: Theme) -> str:
    """Return dots as one path a colour: a line of no length with round ends is a dot."""
    colours = look.sequential_steps(SHADES)
    bins = np.where(np.isnan(shade), -1, np.nan_to_num(shade) * (SHADES - 1)).round().astype(int)
    paths = []
    for b in np.unique(bins):
        d = "".join(
            f"M{px:.1f} {py:.1f}h0" for px, py in zip(x[bins == b], y[bins == b], strict=True)
        )
        colour = look.neutral if b < 0 else colours[b]
        paths.append(f'<path d="{d}" stroke="{colour}"/>')
    return f'<g stroke-width="4.2" stroke-linecap="round" fill="none">{"".join(paths)}</g>'


def _telling(explanation: Explanation) -> int:
    """Return, of the first texts, the one with most words that push either way."""
    values = np.asarray(explanation.flat().values[:TRIED], dtype=np.float64)
    values = values.reshape(len(values), values.shape[1], -1)[..., 0]
    large = np.abs(values) >= 0.3 * np.abs(values).max(axis=1, keepdims=True)
    up, down = ((large & (sign * values > 0)).sum(axis=1) for sign in (1, -1))
    return int(np.argmax(len(values) * np.minimum(up, down) + up + down))


def _words(view: TextView, look: Theme) -> str:
    """Return the text's words as rectangles, as many lines as there is room for."""
    segments = placed(view.chips, WIDTH - 40, 13, [0.0] * len(view.chips))
    lines = min(max(s.line for s in segments) + 1, LINES)
    top = (HEIGHT - lines * LINE) / 2
    body = ""
    for s in segments:
        if s.line >= lines:
            break
        value = view.chips[s.chip].value
        share = 0.9 * min(abs(value) / (view.limit or 1.0), 1.0)
        place = (
            f'x="{20 + s.x:.1f}" y="{top + s.line * LINE:.1f}" width="{s.width:.1f}" '
            f'height="{LINE - 6}" rx="3"'
        )
        body += f'<rect {place} fill="{look.border}" fill-opacity="0.6"/>'
        body += f'<rect {place} fill="{look.effect(value)}" fill-opacity="{share:.2f}"/>'
    return body


def _text(explanation: Explanation, look: Theme) -> str:
    return _words(views.text(explanation, _telling(explanation)), look)


def _image(explanation: Explanation, look: Theme) -> str:
    view = views.image(explanation, 0, max_display=1)
    height, width = view.picture.shape[:2]
    tall = HEIGHT - 20
    wide = min(tall * width / height, (WIDTH - 60) / 2)
    tall = round(wide * height / width)
    gap = (WIDTH - 2 * wide) / 3
    picture, values = reduced(view.picture, 2 * tall), reduced(view.panels[0].values, 2 * tall)
    overlay = composite(
        picture, values, view.limit, replace(look, page=look.panel), backdrop=view.backdrop
    )
    pictures = (png_uri(picture_pixels(picture, look)), png_uri(overlay))
    # Few pixels stay squares; many are a photograph.
    drawn = "auto" if max(height, width) > 32 else "pixelated"
    return "".join(
        f'<image href="{uri}" x="{gap + k * (wide + gap):.1f}" y="{(HEIGHT - tall) / 2:g}" '
        f'width="{wide:.1f}" height="{tall}" style="image-rendering:{drawn}"/>'
        for k, uri in enumerate(pictures)
    )


PICTURES: dict[str, Callable[[Explanation, Theme], str]] = {
    "image": _image,
    "text": _text,
    "sequence": lambda explanation, look: window_picture(explanation, look, WIDTH, HEIGHT),
    "mixed": lambda explanation, look: inputs_picture(explanation, look, WIDTH, HEIGHT),
}
"""What is drawn of a sample that is no row of a table."""
