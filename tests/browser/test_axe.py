"""Every page, in the light and the dark theme, by axe-core: what keeps people and their tools out."""

import os

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT, Server, Visits
from vae.web.kit.navigation import PAGES

AXE = ROOT / "tests" / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
FOUND = """async () => (await axe.run()).violations.map(({ id, nodes }) =>
    [id, ...nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`)].join("\\n"))"""


def violations(page: Page) -> list[str]:
    """The rules that a page breaks, each with its elements."""
    found: list[str] = page.evaluate(FOUND)
    return found


@pytest.mark.parametrize("url", ["", *(page.stem for page in PAGES)])
def test_axe_finds_nothing_in_either_theme(server: Server, visits: Visits, url: str) -> None:
    if not AXE.exists():
        reason = "no axe-core here: npm --prefix tests/javascript ci"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    visit = visits(server, url)
    visit.page.evaluate(AXE.read_text())
    found = []
    for theme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=theme)
        visit.settle()
        found += [f"{theme}: {each}" for each in violations(visit.page)]
    assert not found, "\n".join(found)
