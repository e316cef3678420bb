"""The figures of the source articles: where each is shown, or why it is not.

A place is a page by the name in its address, and the query that opens it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_MEASURED = "Of Adversarial Variational Bayes, likelihood and classes are measured, sharpness is not."
PLANE, WIDE, SEED_PLANE = "mnist-vae-2d", "mnist-vae-20d", "seed-vae-2d"
AVB_PLANE = "mnist-avb-2d"


@dataclass(frozen=True)
class Figure:
    """What a source shows.

    Arguments:
        what: In a few words.
        page: Name of the page that shows it, None where none does.
        query: What opens it there.
        reason: Why no page shows it.
    """

    what: str
    page: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def _on(page: str, what: str, **query: str) -> Figure:
    return Figure(what, page, query)


def _step(step: str, what: str, **query: str) -> Figure:
    return Figure(what, "how_it_works", {"step": step} | query)


def _not(what: str) -> Figure:
    return Figure(what, reason=NOT_MEASURED)


CHAINER = (
    _on(
        "results", "Losses after 1, 10, 50 and 100 epochs, beside those of our run of the recipe: the ledger"
    ),
    _on("reconstruct", "Ten test images beside their reconstructions", model=WIDE),
    _on("latent_map", "5,000 codes in the plane, a digit at each class", model=SEED_PLANE),
    _on("interpolate", "The same with an arrow from 0 to 7", model=SEED_PLANE),
    _on("interpolate", "From 0 to 7 in 81 frames, moving and as a sheet with t", model=SEED_PLANE),
    _on(
        "interpolate", "The digits on that path, 0-6-2-8-9-4-7, and how many seeds show it", model=SEED_PLANE
    ),
    _on(
        "z_grid",
        "The plane decoded, 25 × 25, with the path in red",
        model=SEED_PLANE,
        side="25",
        trajectory="1",
    ),
    _on("interpolate", "All pairs of digits, moving out and back", model=WIDE, view="all-pairs"),
    _step("manifold", "The Swiss roll: six bands in order, turned and laid flat"),
    _step("kl", "The KL divergence as q moves, with the step width that the source's sum leaves out"),
    _on("latent_map", "20-D codes by t-SNE in the plane", model=WIDE, map="tsne"),
    _on("latent_map", "20-D codes by t-SNE in three dimensions", model=WIDE, map="tsne", dims="3"),
    _step("encodings", "One image encoded many times: a cloud of codes"),
    _step("networks", "The networks with their shapes, and the graphical model", model=WIDE),
    _step("elbo", "log p(x), the ELBO and the gap between them"),
)
KERAS = (
    _step(
        "pixels", "Cross-entropy beside squared error: sheets at Gaussian quantiles", pixel_part="likelihoods"
    ),
    _step("pixels", "Codes of both in the plane", pixel_part="likelihoods", likelihood_view="codes"),
    _step(
        "pixels",
        "100 dimensions, as in the article's text: noise decoded by both",
        pixel_part="likelihoods",
        likelihood_view="noise",
    ),
    _on(
        "generate",
        "Samples from the prior for both losses: means and true draws",
        model=PLANE,
        beside="mnist-mse-vae-2d",
        pixels="draw",
    ),
    _on("latent_map", "Codes in three dimensions", model="mnist-vae-3d"),
    _on(
        "impute",
        "Hidden pixels restored: original, masked, restored, fifteen images in a row",
        model=PLANE,
        mask="block",
    ),
    _on("impute", "Where one pass makes another digit of it: what a classifier reads", model=PLANE),
    _step("em", "Maximum likelihood, MAP and EM"),
    _step("em", "MCMC: a walk on the true posterior", before="walk", model=PLANE),
    _step("elbo", "Variational inference and the ELBO"),
    _step("pixels", "The two losses: Bernoulli and Gaussian pixels"),
    _step("autoencoders", "Denoising and contractive autoencoders"),
    _step("sampling", "L draws of z: the spread of ELBO and gradient", sampling_part="spread"),
    _step("networks", "Networks of any structure", model="mnist-conv-vae-20d"),
    _on("labels", "Codes for learning from few labels", model=WIDE),
    _step("relatives", "A semi-supervised VAE", relative="semi-supervised"),
)
AVB = (
    _step("adversarial", "Encoders of any distribution, and the functions of noise of MNIST's"),
    _step("adversarial", "Algorithm 1: a critic for the KL", adversarial_part="critic"),
    _step("adversarial", "Algorithm 2: adaptive contrast", adversarial_part="contrast"),
    _step(
        "four-points",
        "Four one-hot points: the clouds of VAE and AVB in the plane, and the table beside them",
    ),
    _step(
        "adversarial",
        "log p(x) of binarised MNIST for 8-D and 32-D codes, with adaptive contrast",
        adversarial_part="likelihood",
    ),
    _step("eight-schools", "The posterior of the eight schools: AVB, VB, HMC, and KL to HMC over the steps"),
    _step(
        "adversarial", "Classes further apart in the latent space: measured", adversarial_part="likelihood"
    ),
    _on("latent_map", "MNIST's codes in the plane, and the cloud of an image", model=AVB_PLANE, image="17"),
    _on("z_grid", "The plane of an implicit encoder decoded", model=AVB_PLANE),
    _on("interpolate", "From one digit to another in that plane", model=AVB_PLANE),
    _on("generate", "Random samples, 8 × 8, of AVB", model="mnist-avb-8d", samples="8"),
    _on("generate", "Random samples, 8 × 8, of VAEs", model=WIDE, samples="8"),
    _on("inference", "The true posterior beside the cloud of q", model=AVB_PLANE),
)
LECTURE = (
    _on(
        "compare",
        "A linear autoencoder is PCA: closed form beside gradient descent",
        models="mnist-pca-2d,mnist-linear-ae-2d",
        model="mnist-linear-ae-2d",
    ),
    _on("compare", "The solution is not unique: (2U, V/2)", scale="2"),
    _on("compare", "Codes of 1 to 784 numbers", size="64"),
    _on("compare", "The error as |x| or as x²", power="1"),
    _on(
        "compare",
        "Noise decoded by an autoencoder and by a VAE",
        models="mnist-ae-2d,mnist-vae-2d",
        model=PLANE,
    ),
    _on("latent_map", "The uneven codes of an autoencoder", model="mnist-ae-2d"),
    _on("reconstruct", "Images of another kind", model=PLANE, source="strange"),
    _step("autoencoders", "As many code units as pixels: a copy is learnt; with added noise it is not"),
    _step("relatives", "784-256-(50+50), ReLU encoder, tanh decoder", relative="asymmetric"),
    _step("sampling", "Sample, then scale; or scale, then sample"),
)
NOTES = (
    _on("reconstruct", "The ELBO of one image", model=PLANE),
    _step("inference", "Own parameters for every image, or one encoder for all"),
    _on("inference", "q of one image refined, with the ELBO that is gained", model=PLANE),
    _step(
        "pixels", "A Gaussian decoder whose variance is learnt, or is a network of z", pixel_part="variance"
    ),
    _step(
        "sampling",
        "The score-function gradient beside that of the reparameterised draw",
        sampling_part="spread",
    ),
)
BETWEEN = (
    _step("training", "One step of training, to step through, and the code of each step"),
    _on("interpolate", "20-D paths pass fewer other digits than 2-D ones", model=WIDE, view="all-pairs"),
    _step("manifold", "Straight against along-the-sheet distance"),
    _on(
        "z_grid",
        "The grid at Gaussian quantiles, cross-entropy beside squared error",
        model=PLANE,
        spacing="quantiles",
        side="15",
        grid_beside="mnist-mse-vae-2d",
    ),
    _on("z_grid", "Test codes over the grid, faded where the prior is low", model=PLANE, codes="1", fade="1"),
    _on("compare", "Overfitting of autoencoder and VAE: training and test curves"),
    _step("relatives", "A conditional VAE: write a 7 in this hand", relative="conditional"),
    _step("elbo", "Jensen's inequality", part_of_elbo="jensen"),
    _step("relatives", "Rate against distortion over beta", relative="beta"),
    _not("Sharpness of VAE against AVB, measured"),
    _on("reconstruct", "The code as compression: bytes of raw pixels, PNG, JPEG and code", model=WIDE),
    _on("impute", "A second model beside", model=PLANE, impute_beside=WIDE),
    _step("em", "EM on a Gaussian mixture that moves"),
    _step("sampling", "Why z must be continuous", sampling_part="continuous"),
    _step("sampling", "A strong decoder that ignores z", sampling_part="ignored"),
    _on("latent_map", "Codes of training images", model=PLANE, training="1"),
)
CORRECTED = (
    _step("elbo", "“log p(x) is fixed”: only for fixed weights of the decoder (Chainer, Keras)"),
    _step("kl", "The KL's lowest value is its argmin, not its argmax (Keras)"),
    _on(
        "interpolate",
        "t·z₀ + (1−t)·z₇ starts at 7; the figure shows (1−t)·z₀ + t·z₇ (Chainer)",
        model=SEED_PLANE,
    ),
    _step("sampling", "z = mu + sd·eps: the scale belongs to it (two perspectives)"),
)

SOURCES: dict[str, tuple[str, tuple[Figure, ...]]] = {
    "chainer": ("VAE with Chainer", CHAINER),
    "keras": ("VAE with Keras", KERAS),
    "avb": ("Adversarial Variational Bayes", AVB),
    "lecture": ("Lecture on autoencoders", LECTURE),
    "notes": ("VAEs from two perspectives", NOTES),
    "between": ("Said without a figure", BETWEEN),
    "corrected": ("Corrected", CORRECTED),
}
"""The sources by their name in the address: title and figures."""
