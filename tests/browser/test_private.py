"""What style sheets and scripts know of Streamlit's and plotly's insides: in two files, and true."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import ROOT, Server, Visits
from vae.figures import theme
from vae.web.server import javascript

ASSETS = ROOT / "assets"
SHEET, MODULE = ASSETS / "streamlit.css", ASSETS / "live" / "private.js"
PRIVATE = re.compile(
    r'\.st[A-Z]\w+|\[data-testid="?\w+"?\]|\.(?:js-plotly-plot|modebar|nsewdrag|svg-container|katex)\b[\w-]*'
)
FIELDS = re.compile(r"\b_(?:fullLayout|fullData|offset|length|input|scene|rangeInitial\d)\b")
SEEN = """(selectors) => {
    window.seen = new Set();
    const isThere = (selector) => document.querySelector(selector) !== null;
    const look = () => selectors.filter(isThere).forEach((each) => seen.add(each));
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
}"""
EXPORTED = re.compile(r"^export (?:const|function) (\w+)", re.MULTILINE)


def selectors() -> list[str]:
    """All private selectors of the two files."""
    return sorted({found for path in (SHEET, MODULE) for found in PRIVATE.findall(path.read_text())})


@pytest.mark.parametrize(
    "path",
    [
        path
        for kind in ("*.css", "*.js")
        for path in sorted(ASSETS.rglob(kind))
        if path not in (SHEET, MODULE)
    ],
    ids=lambda path: path.name,
)
def test_private_names_stand_in_two_files(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
    assert PRIVATE.findall(text) == []
    assert FIELDS.findall(text) == []


def test_every_private_selector_finds_its_element(server: Server, visits: Visits) -> None:
    wanted = set(selectors())
    script = f"({SEEN})({sorted(wanted)!r})"
    visit = visits(server, script=script)
    found: set[str] = set()
    for path, last in (("latent_map", ".modebar"), ("how_it_works?step=elbo", ".katex-display")):
        found |= set(visit.page.evaluate("[...window.seen]"))
        visit.goto(path)
        visit.page.wait_for_selector(last, state="attached")
    found |= set(visit.page.evaluate("[...window.seen]"))
    visit.goto("reconstruct?source=upload")
    picture = (ROOT / "assets" / "images" / "mnist-test.png").read_bytes()
    file = FilePayload(name="mine.png", mimeType="image/png", buffer=picture)
    visit.page.locator("input[type=file]").set_input_files([file])
    expect(visit.page.locator("[data-testid=stFileChips]")).to_be_visible()
    found |= set(visit.page.evaluate("[...window.seen]"))
    assert wanted - found == set()


def test_the_functions_on_charts_do_what_they_say(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, "latent_map?model=mnist-vae-2d"), "map")
    functions = ", ".join(EXPORTED.findall(MODULE.read_text()))
    source = f"{javascript.link(MODULE)}; window.inside = {{ {functions} }};"
    map_.page.evaluate("(source) => new Function(source)()", source)
    assert map_.evaluate("return inside.chartOf('map') === chart && inside.allCharts().includes(chart)")
    assert "st-key-map" in map_.evaluate("return inside.placeOnPage(chart)")
    area, view = map_.evaluate("return [inside.areaOf(chart), inside.viewOf(chart)]")
    assert min(area.values()) > 0
    place = map_.evaluate("return inside.toData(chart, inside.toPixels(chart, [0.5, -0.25]))")
    assert place == pytest.approx([0.5, -0.25], abs=1e-3)
    middle = map_.evaluate("const { width, height } = inside.areaOf(chart); return [width / 2, height / 2]")
    left, top = map_.evaluate("const box = chart.getBoundingClientRect(); return [box.left, box.top]")
    x, y = map_.evaluate("return inside.toData(chart, argument)", middle)
    assert map_.window(x, y) == pytest.approx(
        (left + area["left"] + middle[0], top + area["top"] + middle[1])
    )
    assert map_.evaluate("return inside.dragAreas(chart).length") > 0
    assert map_.evaluate("return inside.isControl(chart.querySelector('.modebar-btn'))")
    assert not map_.evaluate("return inside.isControl(chart)")
    assert map_.evaluate("return inside.layerOf(chart) !== chart")
    count = (
        "return inside.tracesOf(chart).reduce((sum, { customdata }) => sum + (customdata?.length ?? 0), 0)"
    )
    assert map_.evaluate(count) >= 10_000
    assert map_.evaluate("return inside.sceneOf(chart)") is None
    assert map_.evaluate("return typeof inside.revisionOf(chart) === 'string'")
    (left, right), whole = map_.range(), view[0]
    assert left <= whole[0] < whole[1] <= right
    map_.zoom(0, 0)
    assert map_.range()[1] - map_.range()[0] < right - left
    map_.evaluate("inside.resetTo(chart, [[-1, 1], [-1, 1]]); inside.reset(chart)")
    spans = "inside.rangesOf(inside.chartOf('map')).map(([low, high]) => high - low)"
    map_.page.wait_for_function(f"Math.abs(Math.min(...{spans}) - 2) < 1e-6")
    assert map_.page.evaluate(
        """() => {
            const around = document.querySelector(".st-key-map-marks");
            return inside.elementAround({ host: around.firstElementChild }) === around;
        }"""
    )


def test_the_colours_of_the_sheets_are_those_of_the_figures() -> None:
    sheet = (ASSETS / "style.css").read_text()
    assert f"--followed: {theme.FOLLOWED};" in sheet
    assert f"--kl: {theme.KL_COLOUR};" in sheet
    rest = "".join(path.read_text() for kind in ("*.css", "*.js") for path in ASSETS.rglob(kind))
    assert [rest.count(colour) for colour in (theme.FOLLOWED, theme.KL_COLOUR)] == [1, 1]
