"""From Home to one prediction with a real mouse; the same view after a reload and on Back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from shapviz import Store
from tests.ui.stores import HOSTILE

JOB = {
    "id": "1",
    "slug": "wine-kernel",
    "spec": {},
    "state": "queued",
    "name": "Wine, Kernel",
    "demo": "wine",
    "explainer": "kernel",
    "model": "random forest",
    "data": "178 wines",
    "samples": 178,
    "sample_noun": "wine",
}

IDLE = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  return app && app.getAttribute('data-test-script-state') === 'notRunning'
    && document.querySelector('[data-testid=stMain] h1');
}"""
# The drawn point with the largest x of the first row of dots, in window coordinates.
POINT = """() => {
  const plot = document.querySelector('.js-plotly-plot');
  const box = plot.getBoundingClientRect();
  const row = plot._fullData.find(t => t.customdata && t.mode === 'markers');
  const x = plot._fullLayout[row.xaxis.replace('x', 'xaxis')];
  const y = plot._fullLayout[row.yaxis.replace('y', 'yaxis')];
  let far = 0;
  for (let i = 0; i < row.x.length; i++) if (row.x[i] > row.x[far]) far = i;
  return {x: box.left + x._offset + x.d2p(row.x[far]), y: box.top + y._offset + y.d2p(row.y[far]),
          sample: row.customdata[far]};
}"""
ROW, HEAD = 52, 36


def settled(page, question):
    """Wait until the page that asks `question` is drawn and the script has ended."""
    page.get_by_role("heading", name=question).wait_for()
    page.wait_for_function(IDLE)


def view(page):
    """The parameters in the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def titles(page):
    return page.locator("[data-testid=stMain] h2").all_inner_texts()


def test_another_person_s_link_opens_the_same_view_in_the_frame(page, address, keys):
    """It may be the first request the server ever gets, hence the first test here."""
    page.goto(f"{address}/dependence?explanation={keys.tumour}&feature=Worst+part+3&sample=5")
    settled(page, "How does a feature change the prediction?")
    page.get_by_text("Worst part 3:").wait_for()
    page.get_by_role("link", name="Overview").wait_for()
    page.get_by_test_id("stSidebar").get_by_text("Explanation").first.wait_for()
    page.get_by_role("link", name="Prediction").click()
    settled(page, "Why this prediction?")
    page.get_by_text("Biopsy 5: ").wait_for()
    assert view(page)["explanation"] == keys.tumour


def test_from_home_to_a_waterfall_and_back(page, address, keys):
    page.goto(address)
    settled(page, "What has been explained?")
    table = page.locator("[data-testid=stDataFrame]")
    table.locator("canvas").first.wait_for()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 250, box["y"] + HEAD + ROW / 2)  # the newest: the tumours

    page.wait_for_url("**/overview?*")
    settled(page, "Which features had the biggest impact?")
    assert view(page) == {"explanation": keys.tumour}
    page.locator(".js-plotly-plot .points").first.wait_for()
    point = page.evaluate(POINT)
    page.mouse.click(point["x"], point["y"])

    page.wait_for_url("**/prediction?*")
    settled(page, "Why this prediction?")
    opened = {"explanation": keys.tumour, "output": "malignant", "sample": str(point["sample"])}
    assert view(page) == opened
    page.get_by_text("How do the features add up?").wait_for()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    shown = titles(page)
    assert shown[0].startswith(f"Biopsy {point['sample']}: ")

    page.reload()
    settled(page, "Why this prediction?")
    page.get_by_text(shown[0]).wait_for()
    assert view(page) == opened
    assert titles(page) == shown
    # The page listens to keys once its buttons stand still, which is after the last figure.
    page.locator(".js-plotly-plot").nth(1).wait_for()
    page.wait_for_function(IDLE)

    page.keyboard.press("ArrowRight")
    following = (point["sample"] + 1) % 80
    page.wait_for_url(f"**/prediction?*sample={following}")
    page.get_by_text(f"Biopsy {following}: ").wait_for()
    page.go_back()
    page.get_by_text(shown[0]).wait_for()
    assert view(page) == opened


def test_a_narrow_dark_page_has_no_sideways_scroll(page, address, keys):
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(f"{address}/prediction?explanation={keys.digits}&sample=2")
    settled(page, "Why this prediction?")
    page.locator(".js-plotly-plot").nth(2).wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")
    ground = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    assert page.evaluate(ground) == "rgb(23, 24, 26)"


def test_hostile_names_run_nothing(page, address, keys):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{address}/prediction?explanation={keys.hostile}&sample=0")
    settled(page, "Why this prediction?")
    page.locator(".js-plotly-plot").nth(1).wait_for()
    assert page.get_by_text(HOSTILE).count()
    assert page.locator("[data-testid=stMain] a[href='http://b']").count() == 0
    assert dialogs == []


def test_home_follows_the_worker_and_can_be_left_meanwhile(page, address, keys):
    queue = Store(keys.url).catalogue.queue
    page.goto(address)
    settled(page, "What has been explained?")
    assert page.get_by_text("Getting ready").count() == 0
    queue.add(JOB)
    try:
        page.reload()
        page.get_by_text("Getting ready").wait_for()
        page.get_by_text("4 of 5 explanations are ready").wait_for()
        queue.change(JOB["id"], state="preparing", message="Training the model")
        page.get_by_text("Training the model…").wait_for()
        page.get_by_role("button", name="Open demo").first.click()
        settled(page, "Which features had the biggest impact?")
        page.get_by_role("link", name="Home").click()
        page.get_by_text("Training the model…").wait_for()
    finally:
        queue.change(JOB["id"], state="deleted")
    page.get_by_text("Training the model…").wait_for(state="detached")
    settled(page, "What has been explained?")
