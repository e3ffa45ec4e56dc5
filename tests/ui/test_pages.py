"""Each page on each kind of explanation: what it says, what its controls change in the URL."""

from __future__ import annotations

import pytest

from tests.ui.stores import HOSTILE


def words(app) -> str:
    """All text of the page, markup included."""
    html = " ".join(element.proto.body for element in app.get("html"))
    metrics = " ".join(f"{metric.label} {metric.value}" for metric in app.metric)
    return f"{html} {metrics}"


def url(app) -> dict[str, str]:
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in app.query_params.items()
    }


def charts(app) -> list[str]:
    return [element.key for element in app.get("plotly_chart")]


KINDS = ("tumour", "digits", "prices", "hostile")
PAGES = {
    "home": "What has been explained?",
    "overview": "Which features had the biggest impact?",
    "dependence": "How does a feature change the prediction?",
    "prediction": "Why this prediction?",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_every_kind_of_explanation(page, kind, show, keys):
    app = show(page, explanation=getattr(keys, kind), sample=1)
    assert PAGES[page] in words(app)
    assert "cannot be shown" not in words(app)
    assert "went wrong" not in words(app)
    assert "<script" not in words(app)
    assert url(app)["explanation"] == getattr(keys, kind)


def test_overview_says_what_matters_and_shows_five_numbers(show, keys):
    app = show("overview", explanation=keys.tumour)
    assert "Worst part 0" in words(app)
    assert "are not causes" in words(app)
    labels = [metric.label for metric in app.metric]
    assert labels == ["Samples", "Base value", "Additivity gap", "Standard error", "Accuracy"]
    assert app.metric[0].value == "80"
    assert charts(app) == ["beeswarm", "force stacked"]


def test_a_number_without_truth_or_errors_is_left_out_or_a_dash(show, keys):
    app = show("overview", explanation=keys.hostile)
    assert [metric.label for metric in app.metric][-1] == "Standard error"
    assert app.metric[-1].value == "–"


def test_the_order_of_rows_is_part_of_the_link(show, keys):
    app = show("overview", explanation=keys.tumour)
    app.get("button_group")[0].set_value("maximum").run()
    assert url(app)["by"] == "maximum"
    assert not app.exception


def test_a_visit_without_a_link_writes_what_it_shows_into_the_link(show, keys):
    assert url(show("overview"))["explanation"] == keys.tumour


def test_prediction_names_sample_zero_and_its_own_class(show, keys):
    app = show("prediction", explanation=keys.digits)
    assert url(app)["sample"] == "0"
    assert app.sidebar.selectbox[1].value in ("one", "two", "three")
    assert "own answer" not in words(app)
    assert charts(app)[0] == "image"


def test_another_class_than_the_answer_is_said_and_one_click_away(show, keys):
    answer = show("prediction", explanation=keys.digits, sample=0).sidebar.selectbox[1].value
    other = next(name for name in ("one", "two", "three") if name != answer)
    app = show("prediction", explanation=keys.digits, sample=0, output=other)
    assert f"own answer is “{answer}”" in words(app)
    next(button for button in app.button if "instead" in button.label).click().run()
    assert url(app)["output"] == answer
    assert "own answer" not in words(app)


def test_arrows_step_round_the_samples(show, keys):
    app = show("prediction", explanation=keys.tumour, sample=79)
    app.button(key="next").click().run()
    assert url(app)["sample"] == "0"
    app.button(key="previous").click().run()
    assert url(app)["sample"] == "79"


def test_wrong_steps_through_wrong_ones_only(show, keys):
    app = show("prediction", explanation=keys.tumour, sample=0)
    app.get("button_group")[0].set_value("wrong").run()
    wrong = []
    for _ in range(40):
        wrong.append(url(app)["sample"])
        app.button(key="next").click().run()
        if url(app)["sample"] == wrong[0]:
            break
    share = 1 - len(wrong) / 80
    overview = show("overview", explanation=keys.tumour)
    assert overview.metric[-1].value.replace("\\", "") == f"{100 * share:.1f}%"


def test_a_typed_name_opens_that_sample_and_a_wrong_one_is_a_message(show, keys):
    app = show("prediction", explanation=keys.prices, sample=0)
    app.text_input(key="sample box").set_value("house 117").run()
    assert url(app)["sample"] == "17"
    app.text_input(key="sample box").set_value("castle").run()
    assert url(app)["sample"] == "17"
    assert "castle" in words(app)
    assert "No such sample" in words(app)


def test_a_range_without_samples_says_so_and_can_be_widened(show, keys):
    app = show("prediction", explanation=keys.tumour, sample=0)
    error = next(slider for slider in app.slider if "Error" in slider.label)
    error.set_value((99.0, 100.0)).run()
    assert "No sample is left" in words(app)
    assert app.button(key="next").disabled
    next(button for button in app.button if button.label == "Widen the filter").click().run()
    assert "No sample is left" not in words(app)
    assert not app.button(key="next").disabled


def test_wrong_on_a_model_that_is_right_says_so_and_goes_back(show, keys):
    app = show("prediction", explanation=keys.digits, sample=2, show="wrong")
    assert "The model is right on all 12 samples." in words(app)
    assert "filter" not in words(app)
    next(button for button in app.button if button.label == "Back to all").click().run()
    assert not app.exception
    assert "show" not in url(app)
    assert "waterfall" in charts(app)


def test_dependence_keeps_feature_colour_and_trend_in_the_link(show, keys):
    app = show("dependence", explanation=keys.tumour)
    assert charts(app) == ["dependence", "dependence 1", "dependence 2", "dependence 3"]
    app.selectbox(key="choice feature").set_value("Worst part 4").run()
    app.selectbox(key="choice colour").set_value("none").run()
    app.toggle(key="choice trend").set_value(False).run()
    found = url(app)
    assert (found["feature"], found["colour"], found["trend"]) == ("Worst part 4", "none", "off")
    assert "Worst part 4" in words(app)


def test_dependence_shows_interactions_where_there_are_some(show, keys):
    app = show("dependence", explanation=keys.prices)
    assert charts(app)[-1] == "interactions"
    assert "interact most: together they move the output by 6.0 €" in words(app)


def test_another_explanation_forgets_the_old_one_s_sample_and_feature(show, keys):
    app = show("dependence", explanation=keys.tumour, sample=70, feature="Worst part 2")
    app.sidebar.selectbox[0].set_value(keys.prices).run()
    assert url(app) == {"explanation": keys.prices}
    assert not app.exception


@pytest.mark.parametrize(
    ("page", "link", "says"),
    [
        ("overview", {"explanation": "nope"}, "in this store"),
        ("overview", {"output": "benin"}, "There are 1"),
        ("prediction", {"sample": "9999"}, "from 0 to 79"),
        ("prediction", {"sample": "-1"}, "from 0 to 79"),
        ("prediction", {"show": "best"}, "all or correct or wrong"),
        ("dependence", {"feature": "Worst part"}, "Did you mean"),
        ("dependence", {"colour": "<script>alert(1)</script>"}, "&lt;script&gt;"),
        ("overview", {"by": "luck"}, "average or maximum"),
    ],
)
def test_a_link_to_nothing_is_a_message_and_can_be_dropped(page, link, says, show, keys):
    app = show(page, **{"explanation": keys.tumour, **link})
    assert "does not lead anywhere" in words(app)
    assert says in words(app)
    next(button for button in app.button if button.label == "Go on without it").click().run()
    assert not app.exception
    assert "does not lead anywhere" not in words(app)


def test_hostile_names_are_labels_not_markup(show, keys):
    app = show("prediction", explanation=keys.hostile, sample=0)
    assert "&lt;script&gt;" in words(app)
    assert app.text_input(key="sample box").value == f"{HOSTILE} 0"
    assert "[a](" not in " ".join(button.label for button in app.button)
