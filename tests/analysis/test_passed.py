"""Other digits on straight paths: counted by hand, and on what ships."""

import json
from pathlib import Path

import numpy as np
import pytest

from vae import explorer
from vae import paths as command
from vae.analysis.sources import passed
from vae.model.tensor_file import CheckpointError


def test_classes_between_the_ends_are_counted_once_and_their_frames_all() -> None:
    read = np.array([[0, 0, 6, 2, 6, 7], [3, 3, 3, 1, 1, 1], [5, 4, 4, 4, 5, 8]])
    ends = np.array([[0, 7], [3, 1], [5, 5]])
    others, share = passed.between(read, ends)
    np.testing.assert_array_equal(others, [2, 0, 2])
    np.testing.assert_allclose(share, [3 / 6, 0, 4 / 6])


def test_what_ships_is_what_the_command_counts_and_a_plane_passes_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plane, wide = (passed.shipped(explorer.load(f"mnist-vae-{dims}d")) for dims in (2, 20))
    assert plane is not None
    assert wide is not None
    assert plane["paths"] == 45 * passed.EACH
    for key in ("others", "share"):
        assert plane[key][0] - wide[key][0] > 5 * np.hypot(plane[key][1], wide[key][1])
    monkeypatch.setattr(passed, "FOLDER", tmp_path)
    command.main(["mnist-vae-2d"])
    again = json.loads((tmp_path / "mnist-vae-2d.json").read_text())
    assert again["others"] == pytest.approx(
        plane["others"], rel=0.02
    )  # another BLAS may read a frame otherwise
    assert again.keys() == plane.keys()
    assert "225 paths" in capsys.readouterr().out


def test_images_that_show_no_digits_get_a_sentence() -> None:
    with pytest.raises(SystemExit, match="show no digits"):
        command.main(["emoji-vae-2d"])


@pytest.mark.parametrize("text", ["[]", '{"command": "a", "data": "b", "others": [1]}', "{"])
def test_a_damaged_count_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "mnist-vae-2d.json").write_text(text)
    monkeypatch.setattr(passed, "FOLDER", tmp_path)
    with pytest.raises(CheckpointError, match=r"run `python -m vae\.paths mnist-vae-2d`"):
        passed.shipped(explorer.load("mnist-vae-2d"))
