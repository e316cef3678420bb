"""Words from outside that a page writes as Markdown: the browser shows them as they are."""

from playwright.sync_api import expect

from tests.browser.apps.markdown_words import NASTY
from tests.browser.conftest import ROOT, Server, Visits


def test_words_in_markdown_are_read_as_they_are(own_server: Server, visits: Visits) -> None:
    own_server.script = ROOT / "tests" / "browser" / "apps" / "markdown_words.py"
    own_server.start()
    page = visits(own_server).page
    picture = page.locator("button img")
    expect(picture).to_have_count(1)
    expect(picture).to_have_attribute("alt", NASTY)
    assert (picture.get_attribute("src") or "").startswith("data:image/png;base64,")
    text = page.locator(".st-key-text p")
    expect(text).to_have_text(NASTY)
    assert text.locator(":not(a)").count() == 0  # an address that is shown as it is may be followed
