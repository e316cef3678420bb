"""The home page: the moving plane, a card for each page and each model, and what it says without."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import strangers
from vae.explorer import Explorer, load
from vae.web import live
from vae.web.kit import loaders
from vae.web.kit.navigation import PAGES
from vae.web.live import Pick
from vae.web.pages.home import plane
from vae.web.pages.home.hero import FRAMES, html, plane_around, reach, stops, tour

APP = str(Path(__file__).parents[2] / "app.py")


def run() -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60).run()
    assert not at.exception
    return at


def pieces(at: AppTest) -> str:
    """The HTML that the page shows, its style sheets left out."""
    found = (element.proto.body for element in at.get("html"))
    return " ".join(piece for piece in found if not piece.startswith("<style>"))


def test_home_shows_the_plane_the_pages_and_the_models() -> None:
    at = run()
    shown = pieces(at)
    assert 'class="vae-plane"' in shown
    assert 'class="vae-morph"' in shown
    assert shown.count('class="vae-glimpse"') == len(PAGES)
    links = {(link.proto.label, link.proto.query_string) for link in at.get("page_link")}
    assert ("Draw a digit", "model=mnist-vae-2d&pad=1") in links
    captions = [caption.value for caption in at.caption]
    for name in loaders.model_names():
        model = load(name)
        assert (model.title, f"model={name}") in links
        assert f"`{name}` · {100 * model.metrics['knn_accuracy']:.1f} % recognised" in captions


def test_home_without_any_model_says_how_to_train_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "model_names", lambda: ())
    at = run()
    assert "vae-plane" not in pieces(at)
    assert "python -m vae.train" in at.code[0].value


def test_home_says_which_model_is_damaged_and_shows_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loaders.describe
    monkeypatch.setattr(
        loaders, "describe", lambda name: "It is damaged." if name.endswith("20d") else whole(name)
    )
    at = run()
    assert at.error[0].value == "It is damaged."
    assert "VAE, 2-D: the clearest map" in [link.proto.label for link in at.get("page_link")]


def test_home_opens_no_model_for_its_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    run()  # which draws what is kept: the plane and the glimpses
    opened: list[str] = []
    whole = loaders.explorer

    def explorer(name: str) -> Explorer:
        opened.append(name)
        return whole(name)

    monkeypatch.setattr(loaders, "explorer", explorer)
    run()
    assert opened == ["mnist-vae-2d"]


def test_the_tour_is_closed_even_and_passes_all_stops() -> None:
    corners = np.random.default_rng(0).normal(size=(10, 2))
    path = tour(corners, 400)
    steps = np.linalg.norm(np.diff(np.concatenate([path, path[:1]]), axis=0), axis=1)
    assert path.shape == (400, 2)
    assert steps.max() / steps.mean() < 1.05
    away = np.linalg.norm(corners[:, None] - path[None], axis=-1).min(axis=1)
    assert away.max() < steps.mean()


def test_the_tour_of_a_ring_goes_round_it() -> None:
    angles = np.random.default_rng(1).permutation(np.linspace(0, 2 * np.pi, 10, endpoint=False))
    path = tour(np.stack([np.cos(angles), np.sin(angles)], axis=1), 400)
    assert np.linalg.norm(path, axis=1).min() > 0.95


def test_the_plane_holds_all_class_peaks_and_z2_points_upward() -> None:
    means = np.array([[-1.0, 3.0], [4.0, -0.5]])
    places = plane_around(means).place(means)
    assert ((places > 0.05) & (places < 0.95)).all()
    assert places[0, 1] < 0.5 < places[1, 1]
    assert places[0, 0] < 0.5 < places[1, 0]


def test_the_marker_starts_where_the_first_frame_is_decoded() -> None:
    model = load("mnist-vae-2d")
    ground, large = html(model)
    start = tour(model.class_peaks, FRAMES)[0]
    x, y = plane_around(model.class_peaks).place(start) * 100
    assert f"0.00%{{left:{x:.2f}%;top:{y:.2f}%}}" in ground
    assert f"--frames:{FRAMES};" in large
    across, upward = reach(model)
    assert (start / (across, -upward) + 1) * 50 == pytest.approx([x, y]), "the hand's place is the tour's"


@pytest.mark.usefixtures("others")
def test_home_shows_models_of_any_kind() -> None:
    at = run()
    assert pieces(at).count('class="vae-glimpse"') == len(PAGES)
    links = [link.proto.label for link in at.get("page_link")]
    assert {"shapes-2d", "blobs-3d", "foreign-3d", "bent-2d"} <= set(links), "without a title by their names"
    assert any("the shape above is painted anew" in text.value for text in at.markdown)
    assert "Draw a shape" not in links


def test_a_place_picked_on_the_plane_opens_the_map_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "tour", lambda *given, **options: Pick((0.5, -1.25)))
    at = run()
    assert at.title[0].value == "Latent map"
    assert at.query_params["z"] == "0.5,-1.25"


def test_the_plane_of_images_without_labels_is_coloured_by_the_loss() -> None:
    model = strangers.model("shapes-2d")
    test = model.codes()
    record = replace(model.record, dataset=strangers.UNLABELLED)
    other = Explorer(model.model, record, lambda: replace(test, labels=None))
    found = plane.colours(other)
    low, high = found[[test.loss.argmin(), test.loss.argmax()]]
    assert len(np.unique(found, axis=0)) > len(found) / 2
    assert low[2] > low[0]  # violet
    assert high[0] > high[2]  # orange
    assert np.isfinite(stops(other)).all()
    assert len(np.unique(plane.colours(model), axis=0)) == 60


def test_an_image_of_any_shape_fits_a_tile_with_its_proportions() -> None:
    (square,) = plane.fitted(np.ones((1, 20, 12, 1), np.float32))
    assert square.shape == (28, 28, 1)
    inside = square[..., 0].any(axis=0)
    assert inside.sum() == round(12 * 28 / 20)
    assert inside[14]
    assert square[..., 0].any(axis=1).all()
