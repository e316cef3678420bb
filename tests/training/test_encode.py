"""The command that encodes training images, against the NumPy model."""

from pathlib import Path

import numpy as np
import pytest

from vae import encode, explorer
from vae.analysis import training_codes
from vae.images import sets


def test_what_is_written_are_the_codes_of_the_first_training_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training_codes, "FOLDER", tmp_path)
    monkeypatch.setattr(encode, "COUNT", 40)
    encode.main(["digits-vae-2d"])
    model, train = explorer.load("digits-vae-2d"), sets.load("digits", "train")
    found = training_codes.shipped(model)
    assert found is not None
    assert train.labels is not None
    q = model.encode(train.floats(slice(0, 40)))
    np.testing.assert_allclose(found.mu, q.mu, atol=2e-3, rtol=1e-3)
    np.testing.assert_allclose(found.sd, q.sd, rtol=5e-3)
    np.testing.assert_array_equal(found.known_labels, train.labels[:40])
    assert f"40 training images, nll + KL {found.loss.mean():.2f} nats" in capsys.readouterr().out


def test_an_unknown_model_ends_with_a_sentence() -> None:
    with pytest.raises(SystemExit, match="no model called"):
        encode.main(["nobody"])
