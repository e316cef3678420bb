"""All rules in their turn, asked of one model, and the file in which the answers are kept.

An examination takes a minute at most: fewer images are looked at where networks are slow. Those of the
shipped models lie in `assets/doctor`, all others in the user's home.
"""

import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae import home
from vae.analysis.doctor import aggregate, evidence, hidden, pixels, training, units, weight
from vae.analysis.doctor.evidence import Floats, Seen, Tell
from vae.analysis.doctor.finding import Finding, Rule, ordered, unasked, verdict
from vae.assets import ASSETS
from vae.explorer import Explorer
from vae.images.dataset import ImageSet
from vae.model.tensor_file import CheckpointError, write_atomically

FOLDER = ASSETS / "doctor"
SAID = "said"  # the entry that holds all but arrays, JSON
MOST = 500  # values that are kept of a long sorted list
NO_LIKELIHOOD = "The model has no likelihood, so nothing is known in nats."
NO_POSTERIOR = "Its codes are points: they have no width and no KL."
NO_KL = "The KL of an implicit posterior has no closed form."


@dataclass(frozen=True)
class Looked:
    """The test images, the seconds that one takes through a network, and what the networks make of some."""

    items: ImageSet
    seconds_each: float
    seen: Seen


@dataclass(frozen=True)
class Examination:
    """What all rules said of a model.

    Arguments:
        model: Its name.
        fingerprint: Of the model.
        data: The images that were looked at, in words.
        seconds: How long it took.
        findings: Of each rule.
    """

    model: str
    fingerprint: str
    data: str
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def ordered(self) -> list[Finding]:
        """The findings, the gravest first."""
        return ordered(self.findings)

    @property
    def verdict(self) -> str:
        """Whether the model is well, in one sentence."""
        return verdict(self.findings)


def examine(explorer: Explorer, tell: Tell = lambda share: None) -> Examination:
    """Ask all rules of a model; `tell` gets the share done, in [0, 1].

    Raises:
        CheckpointError: if its codes or what it decodes are no numbers.
    """
    began = time.perf_counter()
    looked = _look(explorer, lambda share: tell(0.4 * share))
    codes = explorer.codes("test")
    shown = codes.mu if looked is None else looked.seen.means
    if not (np.isfinite(codes.mu).all() and np.isfinite(codes.sd).all() and np.isfinite(shown).all()):
        words = (
            f"{explorer.name} gives codes or images that are no numbers (NaN): its weights are damaged, or"
        )
        raise CheckpointError(f"{words} its training diverged.")
    findings = [
        *_of_dimensions(explorer, looked),
        *_of_codes(explorer, looked),
        *_of_pixels(explorer, looked),
        *_of_weight(explorer, looked),
        *_of_training(explorer, looked, lambda share: tell(0.4 + 0.6 * share)),
    ]
    count = min(evidence.CODES, len(codes))
    data = f"{explorer.dataset.name}: {count:,} codes, no images"
    if looked is not None:
        data = f"{explorer.dataset.name}: {len(looked.seen.x):,} test images, {count:,} codes"
    seconds = round(time.perf_counter() - began, 1)
    return Examination(explorer.name, explorer.fingerprint, data, seconds, tuple(findings))


def _look(explorer: Explorer, tell: Tell) -> Looked | None:
    """Ask the networks; None where the images are not on this machine."""
    items = evidence.images_of(explorer, "test")
    if items is None:
        return None
    seconds_each = evidence.pace(explorer, items)
    x = evidence.some_images(items, evidence.affordable(seconds_each, explorer.latent_dim))
    return Looked(items, seconds_each, evidence.look(explorer, x, tell))


def _of_dimensions(explorer: Explorer, looked: Looked | None) -> list[Finding]:
    mu, sd, z = evidence.codes_of(explorer, None)
    used = evidence.used(explorer, mu)
    kl = explorer.kl_per_dim if explorer.can("gaussian") else None
    answers = None if looked is None else looked.seen.answers
    found = [
        units.collapse(kl, mu, explorer.image_spec.size),
        units.units(mu, used, answers),
        _of_units(explorer, looked, z),
    ]
    if kl is None:
        return [*found, unasked("bound", _no_kl(explorer))]
    blank = explorer.encode(np.zeros((1, *explorer.image_spec.shape), np.float32))
    limits = getattr(blank, "log_var_range", (-np.inf, np.inf))
    return [*found, units.bound(2 * np.log(sd), limits, used)]


def _of_units(explorer: Explorer, looked: Looked | None, z: Floats) -> Finding:
    if not explorer.can("encoder"):
        return unasked("hidden", "The weights of its networks are not known.")
    if looked is None:
        return unasked("hidden", _no_images(explorer))
    layers = hidden.activations(explorer.networks(), looked.seen.x, z.astype(np.float32))
    if layers is None:
        return unasked("hidden", "Its layers are convolutions; this is asked of dense ones only.")
    if not layers:
        return unasked("hidden", "Its networks have no hidden layers.")
    return hidden.hidden(layers)


def _of_codes(explorer: Explorer, looked: Looked | None) -> list[Finding]:
    z = evidence.codes_of(explorer, None if looked is None else looked.seen.x)[2]
    if len(z) < 2 * explorer.latent_dim:
        why = f"{len(z):,} codes are too few in {explorer.latent_dim} dimensions."
        return _none_asked(("moments", "mmd", "holes"), why)
    p, is_point = evidence.drawn_prior(explorer.latent_dim), explorer.record.form == "point"
    rate = float(explorer.kl_per_dim.sum()) if explorer.can("gaussian") else None
    found = aggregate.near(z, p, evidence.drawn_prior(explorer.latent_dim, len(z), seed=2))
    return [
        aggregate.moments(z, rate, is_point),
        aggregate.mmd(z, p, is_point),
        aggregate.holes(found, explorer.latent_dim, evidence.pictures_of_holes(explorer, found, p), is_point),
    ]


def _of_pixels(explorer: Explorer, looked: Looked | None) -> list[Finding]:
    if looked is None:
        return _none_asked(("range", "noise", "blur"), _no_images(explorer))
    config, seen = explorer.config, looked.seen
    return [
        pixels.range_of(seen.x, seen.means, seen.others, config is not None and not config.hidden),
        pixels.noise(seen.x, seen.means, explorer.likelihood),
        pixels.blur(seen.x, seen.means),
    ]


def _of_weight(explorer: Explorer, looked: Looked | None) -> list[Finding]:
    if not explorer.can("gaussian"):
        return _none_asked(("loss", "rate"), _no_kl(explorer))
    test, size, dims = explorer.codes("test"), explorer.image_spec.size, explorer.latent_dim
    implied = {} if looked is None else looked.seen.implied
    if test.nll is None:
        lost = unasked("loss", _no_images(explorer)) if looked is None else weight.assumed(implied)
        return [lost, unasked("rate", NO_LIKELIHOOD)]
    rate, distortion = float(explorer.kl_per_dim.sum()), float(test.nll.mean(dtype=np.float64))
    base = _baseline(explorer, looked)
    learnt = None if base is None else base - distortion
    placed = weight.rate_distortion(rate, distortion, evidence.siblings(explorer), learnt)
    if looked is None:
        return [unasked("loss", _no_images(explorer)), placed]
    meant = None if explorer.config is None else explorer.config.beta
    return [weight.loss(implied.get(evidence.OWN), meant, rate, size, dims), placed]


def _of_training(explorer: Explorer, looked: Looked | None, tell: Tell) -> list[Finding]:
    beta = 1.0 if explorer.config is None else explorer.config.beta
    past = training.history(explorer.metrics.get("history", []), beta)
    test, base = explorer.codes("test"), _baseline(explorer, looked)
    if test.nll is None:
        return [past, *_none_asked(("generalisation", "amortisation"), NO_LIKELIHOOD)]
    if looked is None or base is None:
        return [past, *_none_asked(("generalisation", "amortisation"), _no_images(explorer))]
    learnt = base - float(test.loss.mean(dtype=np.float64))
    known = evidence.training_losses(explorer, len(looked.seen.x))
    tell(0.3)
    if learnt <= 0:
        general = training.worse_than_mean(-learnt)
    elif known is None:
        general = unasked("generalisation", _no_images(explorer, "training "))
    else:
        general = training.generalisation(known, test.loss, base)
    return [past, general, _of_searches(explorer, looked, learnt, lambda share: tell(0.3 + 0.7 * share))]


def _of_searches(explorer: Explorer, looked: Looked, learnt: float, tell: Tell) -> Finding:
    if not explorer.can("gaussian"):
        return unasked("amortisation", _no_kl(explorer))
    if not explorer.can("gradient"):
        return unasked("amortisation", "The model gives no gradients to search by.")
    done = evidence.searches(explorer, looked.items, looked.seconds_each, tell)
    if done.gains is None:
        return unasked("amortisation", done.where)
    found = looked.seen.implied.get(evidence.OWN)
    return training.amortisation(done.gains, learnt, done.where, found is not None and weight.is_off(found))


def _baseline(explorer: Explorer, looked: Looked | None) -> float | None:
    """What a decoder that paints the mean image costs; None where images or a likelihood are wanting."""
    likelihood = explorer.likelihood
    return None if looked is None or likelihood is None else training.baseline(looked.seen.x, likelihood)


def _none_asked(rules: Sequence[Rule], why: str) -> list[Finding]:
    return [unasked(rule, why) for rule in rules]


def _no_kl(explorer: Explorer) -> str:
    return NO_POSTERIOR if explorer.record.form == "point" else NO_KL


def _no_images(explorer: Explorer, which: str = "") -> str:
    return f"The {which}images of {explorer.dataset.name} are not on this machine."


def to_npz(done: Examination) -> bytes:
    """The content of its file."""
    arrays = {f"{each.rule}/{name}": array for each in done.findings for name, array in each.arrays.items()}
    said: dict[str, Any] = {each: getattr(done, each) for each in ("model", "fingerprint", "data", "seconds")}
    said["findings"] = [{**vars(each), "arrays": None} for each in done.findings]
    buffer = io.BytesIO()
    entries: dict[str, Any] = {SAID: np.array(json.dumps(said))}
    entries |= {name: _small(array) for name, array in arrays.items()}
    np.savez_compressed(buffer, **entries)
    return buffer.getvalue()


def from_npz(content: bytes) -> Examination:
    """The examination of which this is the content of its file.

    Raises:
        ValueError: if it is none.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        said = json.loads(str(arrays.pop(SAID)))
        findings = []
        for each in said.pop("findings"):
            own = f"{each['rule']}/"
            shown = {
                key.removeprefix(own): _large(array) for key, array in arrays.items() if key.startswith(own)
            }
            findings.append(Finding(**{**each, "arrays": shown}))
        return Examination(**said, findings=tuple(findings))
    except Exception as error:  # a damaged archive makes NumPy raise almost anything
        raise ValueError("this is no examination") from error


def save(done: Examination, folder: Path | None = None) -> Path:
    """Keep an examination in a folder, by default in the user's home; returns the file."""
    place = folder or home.folder("examined")
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{done.model}.npz"
    write_atomically(path, to_npz(done))
    return path


def kept(explorer: Explorer) -> Examination | None:
    """The examination of a model as it is, the user's own before the one that ships; None without one.

    Raises:
        CheckpointError: if its file is damaged.
    """
    for folder in (home.folder("examined"), FOLDER):
        path = folder / f"{explorer.name}.npz"
        if not path.is_file():
            continue
        try:
            done = from_npz(path.read_bytes())
        except (OSError, ValueError) as error:
            words = f"{path.parent.name}/{path.name} is damaged; run `python -m vae.doctor {explorer.name}`."
            raise CheckpointError(words) from error
        if done.fingerprint == explorer.fingerprint:
            return done
    return None


def _small(array: NDArray[Any]) -> NDArray[Any]:
    """Pictures as bytes, long lists thinned to MOST of their values, all else in float32."""
    if array.ndim == 4:
        return np.rint(255 * np.clip(array, 0, 1)).astype(np.uint8)
    thinned = (
        array[np.linspace(0, len(array) - 1, MOST).astype(int)]
        if array.ndim == 1 and len(array) > MOST
        else array
    )
    return thinned.astype(np.float32)


def _large(array: NDArray[Any]) -> NDArray[Any]:
    """Pictures as levels in [0, 1] again."""
    return array.astype(np.float32) / np.float32(255) if array.dtype == np.uint8 else array
