"""A page of images, texts or sequences while another kind is open."""

from __future__ import annotations

import pytest

from tests.ui.test_pages import url, words


@pytest.mark.parametrize("kind", ["tumour", "prices", "hostile"])
def test_a_table_on_the_page_of_images_is_said_and_what_fits_is_offered(kind, show, keys):
    app = show("images", explanation=getattr(keys, kind), sample=1)
    assert "explains rows of a table; this page shows images" in words(app)
    assert "<script" not in words(app)
    offered = [button.label for button in app.button if button.key.startswith("other kind")]
    assert offered == ["Digits, small"]


def test_an_offer_opens_it_on_the_same_page(show, keys):
    app = show("images", explanation=keys.tumour)
    app.button(key=f"other kind {keys.digits}").click().run()
    assert not app.exception
    assert url(app)["explanation"] == keys.digits
    assert "this page shows images" not in words(app)
