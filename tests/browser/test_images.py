"""Own images in a browser: given, read on while the server restarts, shown, and led on to Train."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Server, Visits
from tests.images.own.conftest import png, write
from vae.images.names import apart
from vae.images.own import manifest

EDGES = """(words) => {
    const text = document.querySelector("p").firstChild, range = document.createRange();
    const start = text.data.indexOf(words);
    range.setStart(text, start);
    range.setEnd(text, start + words.length);
    const { left, right } = range.getBoundingClientRect();
    return [left, right];
}"""


def test_a_folder_is_read_with_its_classes(
    own_server: Server, visits: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    pictures = {f"{'ab'[at % 2]}/deep/{at}.png": png(at + 20) for at in range(30)}
    write(tmp_path / "My birds", pictures | {"words.txt": b"of no use"})
    own_server.start()
    visit = visits(own_server, "images")
    with visit.run():
        visit.page.locator(".st-key-images-whole label").first.click()
    place = visit.page.locator("input[type=file][webkitdirectory]")
    with visit.run():
        place.set_input_files(tmp_path / "My birds")
    visit.page.get_by_role("button", name="Make a data set").click()
    expect(visit.page.locator(".images-sheet img").first).to_have_attribute(
        "title", re.compile(r"[ab]/deep/\d+\.png, [ab]")
    )
    found = manifest.read("my-birds")
    assert (found.class_names, found.train, found.test, found.skipped) == (("a", "b"), 27, 3, 1)


def test_an_upload_outlives_the_server_and_leads_on_to_training(
    own_server: Server, visits: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for at in range(3000):
            archive.writestr(f"{'ab'[at % 2]}/{at:04}.png", png(at % 200 + 20))
    (tmp_path / "shapes.zip").write_bytes(content.getvalue())
    own_server.start()
    visit = visits(own_server, "images")
    with visit.run():
        visit.page.set_input_files("input[type=file]", tmp_path / "shapes.zip")
    visit.page.get_by_role("button", name="Make a data set").click()
    expect(visit.page.locator(".st-key-reading-shapes")).to_be_visible()
    own_server.restart()
    visit.goto("images")
    train = visit.page.get_by_role("button", name="Train with it")
    expect(train).to_be_visible()
    expect(visit.page.locator(".images-sheet img").first).to_have_attribute(
        "title", re.compile(r"[ab]/\d+\.png")
    )
    expect(visit.page.locator(".vae-facts").first).to_contain_text("2,700")
    train.click()
    visit.page.wait_for_url("**/train?*data=shapes*")


@pytest.mark.parametrize("name", ["חתול", "كلب/كلب 65.png", "cat", "cat חתול"])
def test_a_name_of_any_script_moves_no_number_of_its_sentence(browser: Browser, name: str) -> None:
    page = browser.new_page()
    page.set_content(f"<p>labelled {apart(name)}, 9 of 10</p>")
    left, right = (page.evaluate(EDGES, each) for each in (name, "9 of 10"))
    assert left[1] <= right[0]
    page.close()
