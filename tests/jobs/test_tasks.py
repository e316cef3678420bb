"""The tasks of jobs, in this process and in one of their own, against the functions that they run."""

import json

import numpy as np
import pytest

from vae import explorer
from vae.analysis import imputation
from vae.analysis.studies import study as studies
from vae.images import masks, sets
from vae.jobs.job import Job, Recomputation, Request
from vae.jobs.tasks import TASKS, as_npy, from_npy
from vae.latent import embedding

SECONDS = 60.0


def finished(job: Job) -> Job:
    assert job._board.ended.wait(SECONDS)
    return job


def test_arrays_survive_as_npy() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(from_npy(as_npy(array)), array)


def test_errors_are_those_of_the_images_given() -> None:
    model, images = explorer.load("mnist-vae-2d"), sets.load("mnist", "test").floats(slice(6))
    hidden, shares = masks.rows(model.image_spec, 10, 20), list[float]()
    found = TASKS["errors"](as_npy(images), shares.append, model.name, masks.to_text(hidden), "3")
    expected = imputation.summary(imputation.errors(model, images, hidden, 3), hidden)
    assert json.loads(found) == expected
    assert shares[-1] == 1


def test_a_recomputation_asks_for_the_embedding_of_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    mu, asked = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32), list[tuple[str, ...]]()
    monkeypatch.setattr(Job, "__init__", lambda self, *words, given: asked.append((*words, given)))
    Recomputation(mu, Request(np.arange(60), 3, 10.5, seed=2))
    ((task, *arguments, given),) = asked

    def tsne(codes: np.ndarray, dims: int, perplexity: float, seed: int, on_progress: object) -> np.ndarray:
        np.testing.assert_array_equal(codes, mu)
        return np.array([dims, perplexity, seed])

    monkeypatch.setattr(embedding, "tsne", tsne)
    assert from_npy(TASKS[task](given, print, *arguments)).tolist() == [3, 10.5, 2]


def test_a_task_that_fails_says_why_in_its_last_line() -> None:
    job = finished(Job("errors", "no-such-model", "", "3"))
    assert job.result is None
    assert "There is no model called 'no-such-model'" in job.error


def test_a_job_that_is_stopped_has_no_result_and_no_error() -> None:
    job = Job("ledger")
    job.stop()
    finished(job)
    assert job.was_stopped
    assert (job.result, job.error) == (None, "")


def test_a_training_shows_its_pictures_before_its_result() -> None:
    job = finished(Job("four-points", "3", "4"))
    assert job.error == ""
    assert job.result is not None
    assert job.so_far is not None
    found, last = (studies.from_npz("four-points", content) for content in (job.result, job.so_far))
    assert (found.said["seed"], found.said["steps"]) == (3, 4)
    for key, array in found.arrays.items():
        np.testing.assert_array_equal(array, last.arrays[key])
    assert "avb" not in last.said


def test_there_is_no_other_task() -> None:
    with pytest.raises(KeyError):
        TASKS["rm"]
