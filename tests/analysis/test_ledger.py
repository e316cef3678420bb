"""The ledger: its rows against the shipped codes, the README against its rows."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae import explorer
from vae.analysis import ledger
from vae.analysis.ledger import Row
from vae.images import sets

README = Path(__file__).parents[2] / "README.md"


def test_all_rows_of_what_ships_hold() -> None:
    table = ledger.rows()
    assert len(table) >= 17
    assert [row.figure for row in table if row.holds is False] == []
    assert [row.theirs for row in table[:8]] == [136.44, 123.33, 104.17, 86.02, 98.15, 78.13, 97.19, 76.94]


@pytest.mark.parametrize("name", ledger.OURS)
def test_a_score_is_that_of_the_shipped_codes(name: str) -> None:
    row = next(row for row in ledger.rows() if row.figure.endswith(f"`{name}`, test loss"))
    assert isinstance(row, Row)
    codes = explorer.load(name).codes("test")
    assert row.ours == pytest.approx(float(np.mean(codes.loss)), rel=1e-4)


def test_the_end_of_the_curve_is_what_the_model_scores() -> None:
    model = explorer.load(ledger.RECIPE)
    loss, reconstruction = (row for row in ledger.rows()[6:8] if isinstance(row, Row))
    codes = model.codes("test")
    assert codes.nll is not None
    assert loss.ours == pytest.approx(codes.loss.mean(), rel=1e-3)  # float16 weights there
    assert reconstruction.ours == pytest.approx(codes.nll.mean(), rel=1e-3)


def test_what_holds() -> None:
    assert Row("", 100.0, 102.9, 0.03, "").holds
    assert Row("", 100.0, 90.0, 0.03, "").holds  # lower is better
    assert Row("", 100.0, 103.1, 0.03, "").holds is False
    assert Row("", None, 103.1, None, "").holds is None
    assert Row("", 100.0, 97.0, 0.0, "a").cells()[1:] == ("100.00", "97.00", "-3.0 %", "+0 %", "yes", "a")


def test_the_linear_autoencoder_s_error_is_that_of_principal_components() -> None:
    """The oracle: the residual of scikit-learn's PCA of the training images, on the test images."""
    if not sets.available("mnist"):
        pytest.skip("MNIST is not on this machine")
    train, test = (sets.load("mnist", split).floats().reshape(-1, 784) for split in ("train", "test"))
    pca = PCA(2, svd_solver="covariance_eigh").fit(train)
    residual = test - pca.inverse_transform(pca.transform(test))
    row = next(row for row in ledger.rows() if "PCA in closed form" in row.figure)
    assert isinstance(row, Row)
    assert row.theirs == pytest.approx(np.square(residual).mean(), rel=1e-4)


def test_the_path_is_read_off_its_frames() -> None:
    row = next(row for row in ledger.rows() if "`seed-vae-2d`, digits" in row.figure)
    assert row.cells()[1] == "0-6-2-8-9-4-7"
    assert row.cells()[2].startswith("0-")
    assert row.cells()[2].endswith("-7")


def test_the_readme_shows_the_ledger() -> None:
    assert ledger.markdown(ledger.rows()) in README.read_text("utf-8")


def test_progress_is_told_and_the_texts_survive_as_json() -> None:
    told: list[float] = []
    table = ledger.rows(on_progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]
    assert json.loads(ledger.to_json(table)) == [list(row.cells()) for row in table]
