"""The ledger: its lines against the shipped codes and against oracles, the README against its tables."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae import explorer
from vae import ledger as command
from vae.analysis import imputation
from vae.analysis.sources import ledger, lines
from vae.analysis.sources.row import Row, Sight
from vae.images import sets
from vae.images.dataset import ImageSet

README = Path(__file__).parents[2] / "README.md"
REPEATED, BEATEN, OWN, SEEN, ADVERSARIAL = ledger.PARTS


def found(title: str, words: str) -> Row:
    """The line under a title whose figure holds these words."""
    (line,) = (line for line in ledger.tables()[title] if words in line.figure)
    assert isinstance(line, Row)
    return line


def test_what_ships_holds_or_says_why_not() -> None:
    tables = ledger.tables()
    assert list(tables) == list(ledger.PARTS)
    assert [line.figure for some in tables.values() for line in some if line.surprises] == []
    missed = [line for line in tables[REPEATED] if line.holds is False]
    assert all(": PyTorch, seed 0" in line.cells()[5] for line in missed)


def test_a_recipe_s_lines_are_the_article_s_loss_reconstruction_and_kl() -> None:
    theirs = [line.theirs for line in ledger.tables()[REPEATED]]
    stated = [(136.44, 123.33), (104.17, 86.02), (98.15, 78.13), (97.19, 76.94), (93.95, 73.68)]
    expected = [number for loss, nll in stated for number in (loss, nll, loss - nll)]
    np.testing.assert_allclose([float(number or 0) for number in theirs], expected)
    assert all(isinstance(line, Row) and line.aim == "repeat" for line in ledger.tables()[REPEATED])


@pytest.mark.parametrize(
    ("title", "words", "name"),
    [
        (REPEATED, "test loss after 100", "seed-vae-20d"),
        (OWN, "`mnist-vae-2d`, test loss", "mnist-vae-2d"),
    ],
)
def test_a_score_is_that_of_the_shipped_codes(title: str, words: str, name: str) -> None:
    codes = explorer.load(name).codes("test")
    assert found(title, words).ours == pytest.approx(float(np.mean(codes.loss)), rel=1e-4)


def test_the_best_of_our_models_is_beside_the_article() -> None:
    losses = {name: float(np.mean(explorer.load(name).codes("test").loss)) for name in lines.BEST}
    best = min(losses, key=losses.__getitem__)
    assert found(BEATEN, f"`{best}`, test loss").ours == pytest.approx(losses[best], rel=1e-4)


def test_the_end_of_the_curve_is_what_the_model_scores() -> None:
    codes = explorer.load(lines.RECIPE).codes("test")
    assert codes.nll is not None
    assert codes.kl is not None
    assert found(REPEATED, "test reconstruction after 100").ours == pytest.approx(codes.nll.mean(), rel=1e-4)
    assert found(REPEATED, "test KL after 100").ours == pytest.approx(codes.kl.mean(), rel=1e-4)


def test_what_holds() -> None:
    assert Row("", 100.0, 102.9, 0.03, "").holds
    assert Row("", 100.0, 60.0, 0.03, "").holds is False  # a recipe that is repeated does not end there
    assert Row("", 100.0, 60.0, 0.03, "", "beat").holds
    assert Row("", 100.0, 103.1, 0.03, "").holds is False
    assert Row("", 100.0, 100.1, 0.0, "", "beat").holds is False
    assert Row("", None, 103.1, None, "").holds is None
    assert Row("", 100.0, 98.0, 0.03, "a").cells()[1:] == ("100.00", "98.00", "−2.0 %", "±3 %", "yes", "a")
    assert Row("", 100.0, 97.0, 0.0, "a", "beat").cells()[4] == "below"


def test_a_line_that_does_not_hold_surprises_unless_it_says_why_and_one_that_does_not_need_to() -> None:
    assert not Row("", 100.0, 101.0, 0.03, "").surprises
    assert Row("", 100.0, 110.0, 0.03, "").surprises
    assert not Row("", 100.0, 106.0, 0.03, "", known="another seed").surprises
    assert Row("", 100.0, 110.0, 0.03, "", known="another seed").surprises  # but not so far off
    assert not Row("", 100.0, 110.0, 0.03, "", known="a tenth of the steps", farthest=0.2).surprises
    assert Row("", 100.0, 110.0, 0.03, "", known="another seed").cells()[5] == "no: another seed"
    assert Row("", 100.0, 101.0, 0.03, "", known="another seed").surprises
    assert not Row("", None, 1.0, None, "").surprises


def test_the_command_fails_on_a_surprise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["vae.ledger"])
    command.main()
    assert "| 20-D, the article's recipe, test loss after 1 epoch | 136.44 |" in capsys.readouterr().out
    monkeypatch.setattr(command, "tables", lambda measure: {"": [Row("nll", 100.0, 60.0, 0.03, "")]})
    with pytest.raises(SystemExit, match="nll"):
        command.main()


def test_the_linear_autoencoder_s_error_is_that_of_principal_components() -> None:
    """The oracle: the residual of scikit-learn's PCA of the training images, on the test images."""
    if not sets.available("mnist"):
        pytest.skip("MNIST is not on this machine")
    train, test = (sets.load("mnist", split).floats().reshape(-1, 784) for split in ("train", "test"))
    pca = PCA(2, svd_solver="covariance_eigh").fit(train)
    residual = test - pca.inverse_transform(pca.transform(test))
    row = found(OWN, "PCA in closed form")
    assert row.theirs == pytest.approx(np.square(residual).mean(), rel=1e-4)


def test_what_needs_no_training_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """From few images here: each line is measured, or is one of the training's history."""
    test = sets.load("mnist", "test")
    images = ImageSet(test.pixels[:40], test.labels)
    monkeypatch.setattr(sets, "load", lambda name, split: images)
    monkeypatch.setattr(imputation, "MEASURED_STEPS", 2)
    told: list[float] = []
    shipped, again = ledger.tables(), ledger.tables(measure=True, on_progress=told.append)
    kept = [
        line.figure
        for title, some in shipped.items()
        for line, other in zip(some, again[title], strict=True)
        if isinstance(line, Row) and isinstance(other, Row) and line.ours == other.ours
    ]
    by_training = [
        f"20-D, the article's recipe, {figure}"
        for when in ("test {} after 1 epoch", "test {} after 10 epochs", "test {} after 50 epochs")
        for figure in (when.format(term) for term in ("loss", "reconstruction", "KL"))
    ]
    by_training += [
        f"20-D, the article's recipe, training {term} in epoch 100"
        for term in ("loss", "reconstruction", "KL")
    ]
    counted = [line.figure for line in shipped[OWN] if "other digits" in line.figure]  # on the shipped codes
    trained = [line.figure for line in shipped[ADVERSARIAL] if isinstance(line, Row)]
    assert kept == [*by_training, *counted, *trained]
    assert told[-1] == 1.0
    assert told == sorted(told)
    mse = explorer.load(lines.CLOSED)
    x = images.floats()
    expected = np.square(mse.model.decode(mse.encode(x).mu) - x).mean()
    (line,) = (line for line in again[OWN] if "PCA in closed form" in line.figure)
    assert isinstance(line, Row)
    assert line.theirs == pytest.approx(expected, rel=1e-4)


def test_the_path_is_read_off_its_frames() -> None:
    (line,) = (line for line in ledger.tables()[SEEN] if "`seed-vae-2d`, digits" in line.figure)
    assert isinstance(line, Sight)
    assert line.theirs == "0-6-2-8-9-4-7"
    assert line.ours.startswith("0-")
    assert line.ours.endswith("-7")


def test_the_readme_shows_the_ledger() -> None:
    assert ledger.markdown(ledger.tables()) in README.read_text("utf-8")


def test_the_texts_survive_as_json() -> None:
    tables = ledger.tables()
    texts = json.loads(ledger.to_json(tables))
    assert texts == {title: [list(line.cells()) for line in some] for title, some in tables.items()}
