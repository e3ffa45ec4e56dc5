"""How long large images take to draw, painting included: python -m benchmarks.image_figures

Painting is measured in Chromium where playwright is installed, the second of two drawings: warm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.figures import best
from shapviz import Explanation, figures, views
from shapviz.maskers.superpixels import by_grid

CHROMIUM = "/usr/bin/chromium"
LARGE: dict[str, Any] = {"columns": 3, "tall": 260}

PAINT = """async ([json]) => {
  const figure = JSON.parse(json), to = document.getElementById("figure");
  const start = performance.now();
  await Plotly.newPlot(to, figure.data, figure.layout, {displayModeBar: false});
  await Promise.all([...to.querySelectorAll("image")].map(i => i.decode ? i.decode() : 0));
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
}"""


def pixels(side: int, channels: int, outputs: int = 4) -> Explanation:
    """Return an explanation of smooth pictures by pixel, two samples."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] / side
    waves = np.stack([np.sin(9 * x + k) * np.cos(7 * y - k) for k in range(channels)], axis=-1)
    data = 0.5 + 0.4 * waves[None] + rng.normal(size=(2, side, side, channels)) * 0.05
    values = rng.normal(size=(2, side, side, channels, outputs)).astype(np.float32) * 1e-4
    data = np.clip(data, 0, 1).astype(np.float32)
    return Explanation(values=values, base_values=np.zeros(outputs), data=data, units="log-odds")


def superpixels(side: int, count: int = 100, outputs: int = 4) -> Explanation:
    """Return an explanation of a picture by a grid of regions, two samples."""
    rng = np.random.default_rng(1)
    regions = np.repeat(by_grid((side, side), count)[None], 2, axis=0)
    return Explanation(
        values=rng.normal(size=(2, int(regions.max()) + 1, outputs)),
        base_values=np.zeros(outputs),
        regions=regions,
        wholes=pixels(side, 3, 1).data,
        output_names=[f"class {k}" for k in range(outputs)],
        units="log-odds",
        provenance={"modality": "image"},
    )


def painted(jsons: list[str]) -> list[float]:
    """Return milliseconds that a browser takes for each figure, the second time."""
    from playwright.sync_api import sync_playwright
    from plotly.offline import get_plotlyjs

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page(viewport={"width": 1100, "height": 600})
        page.set_content(f"<div id='figure'></div><script>{get_plotlyjs()}</script>")
        times = [min(page.evaluate(PAINT, [json]) for _ in range(2)) for json in jsons]
        browser.close()
    return times


def main() -> None:
    """Print one row per picture and figure."""
    cases = {
        "512×512×3 pixels": pixels(512, 3),
        "512×512×3, 100 regions": superpixels(512),
        "128×128×12 pixels": pixels(128, 12),
    }
    rows: list[tuple[str, str, float, float, float, str]] = []
    for case, explanation in cases.items():
        for size, call in (("large, 2 classes", LARGE), ("row, 4 classes", {})):
            options: dict[str, Any] = {"output": 0, "also": 1} if call else {}
            view, viewed = best(lambda e=explanation, o=options: views.image(e, 1, **o))
            figure, drawn = best(lambda v=view, c=call: figures.image(v, **c))
            json, written = best(figure.to_json)
            rows.append((case, size, viewed, drawn, written, json))
    times = painted([row[-1] for row in rows])
    heads = ("view", "figure", "JSON", "painted", "all ms", "JSON kB")
    print(f"{'picture':24s} {'drawn':18s} " + " ".join(f"{head:>8s}" for head in heads))
    for (case, size, viewed, drawn, written, json), shown in zip(rows, times, strict=True):
        total = viewed + drawn + written + shown
        numbers = (viewed, drawn, written, shown, total, len(json) / 1e3)
        print(f"{case:24s} {size:18s} " + " ".join(f"{number:8.0f}" for number in numbers))


if __name__ == "__main__":
    main()
