"""Spherical paths in the browser are those of the server, near 180 degrees, too."""

import numpy as np
from playwright.sync_api import Browser

from tests.browser.conftest import ROOT
from tests.latent.spherical import CASES
from vae.latent import paths
from vae.web.server import javascript

WALK = """([source, ends, count]) => {
    const { pathStep, pathCodes } = new Function(`${source}; return { pathStep, pathCodes };`)();
    const walk = (each) => pathCodes(pathStep("spherical"), ...each.map((z) => Float32Array.from(z)), count);
    return ends.map((each) => Array.from(walk(each)));
}"""


def test_spherical_paths_are_the_known_ones_and_the_server_s(browser: Browser) -> None:
    noise = np.random.default_rng(0).normal(size=(20, 2, 7))
    page = browser.new_page()
    source = javascript.link(ROOT / "assets" / "live" / "space.js")
    ends = [*(case.ends.tolist() for case in CASES), *noise.tolist()]
    walked = page.evaluate(WALK, [source, ends, 9])
    page.close()
    for case, codes in zip(CASES, walked, strict=False):
        np.testing.assert_allclose(np.reshape(codes, (9, 2)), case.path(9), atol=2e-6, err_msg=case.name)
    for (a, b), codes in zip(noise, walked[len(CASES) :], strict=True):
        np.testing.assert_allclose(np.reshape(codes, (9, 7)), paths.spherical_path(a, b, 9), atol=2e-6)
