"""The posterior by Hamiltonian Monte Carlo: NumPyro's No-U-Turn sampler, which only this study needs."""

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.errors import Unusable
from vae.training.studies.eight_schools.model import TAU, S, Y

CHAINS, WARM_UP, DRAWS, TARGET_ACCEPT = 4, 1_000, 10_000, 0.9
NAMES = {"mu": 0, "tau": 1, "eta_1": 2}  # whose chains are judged


class Chains(NamedTuple):
    """Draws z (chains, draws, D), and what is said of them, ready for JSON."""

    draws: NDArray[np.float64]
    said: dict[str, Any]


def sample(seed: int, warm_up: int = WARM_UP, draws: int = DRAWS) -> Chains:
    """Four chains from different starts.

    Raises:
        Unusable: if NumPyro is not installed.
    """
    try:
        import jax
        import numpyro
        from numpyro import diagnostics, infer
        from numpyro.distributions import Normal
    except ImportError as missing:
        raise Unusable(
            "The study eight-schools samples with NumPyro, which is not installed: "
            "pip install -r vae/training/studies/eight_schools/requirements.txt."
        ) from missing

    def model() -> None:
        mu, tau = (numpyro.sample(name, Normal(0, 1)) for name in ("mu", "tau"))
        eta = numpyro.sample("eta", Normal(0, 1).expand([len(Y)]).to_event(1))
        numpyro.sample("y", Normal(mu + tau * eta, np.array(S)).to_event(1), obs=np.array(Y))

    began = time.process_time()
    kernel = infer.NUTS(model, target_accept_prob=TARGET_ACCEPT)
    options = {"num_chains": CHAINS, "chain_method": "vectorized", "progress_bar": False}
    run = infer.MCMC(kernel, num_warmup=warm_up, num_samples=draws, **options)
    run.run(jax.random.PRNGKey(seed), extra_fields=("diverging",))
    found = run.get_samples(group_by_chain=True)
    z = np.concatenate([found["mu"][..., None], found["tau"][..., None], found["eta"]], axis=-1)
    seconds = time.process_time() - began
    said = {
        "sampler": f"NUTS of NumPyro {numpyro.__version__}",
        "chains": CHAINS,
        "warm_up": warm_up,
        "draws": draws,
        "target_accept": TARGET_ACCEPT,
        "divergences": int(run.get_extra_fields()["diverging"].sum()),
        "r_hat": {name: float(diagnostics.split_gelman_rubin(z[..., k])) for name, k in NAMES.items()},
        "n_eff": {name: float(diagnostics.effective_sample_size(z[..., k])) for name, k in NAMES.items()},
        "positive": (z[..., TAU] > 0).mean(axis=1).tolist(),
        "mu": float(z[..., 0].mean()),
        "mu_sd": float(z[..., 0].std()),
        "abs_tau": float(np.abs(z[..., TAU]).mean()),
        "seconds": round(seconds, 1),
    }
    return Chains(z.astype(np.float64), said)
