"""The seven stages of a training step: what happens, in words, and the line of code that does it."""

from typing import NamedTuple

FILE = "training/studies/training_step.py"
FORWARD, UPDATE = "forward", "update"


class Stage(NamedTuple):
    """A stage: its name, what happens, and the code that does it.

    Arguments:
        name: In the row of stages.
        words: Markdown.
        function: The function of the step that is at work.
        lines: How the lines that do it begin.
        called: What these lines call: a file of the package and a name in it.
    """

    name: str
    words: str
    function: str
    lines: tuple[str, ...]
    called: tuple[tuple[str, str], ...] = ()


STAGES = {
    "batch": Stage(
        "Batch",
        "A **batch** of 100 training images, of which eight are shown. Each is a row of 784 grey levels from "
        "0 (black) to 1 (white). The steps that are recorded here take the same batch, so that they can be "
        "compared; all those between take 100 other images, drawn at random.",
        FORWARD,
        ("def forward",),
    ),
    "encode": Stage(
        "Encode",
        "The encoder gives each image a **mean** and a **log variance** in each dimension: its "
        "$q(z\\mid x)$, drawn as an ellipse that reaches one standard deviation from the mean. Before "
        "training all images get nearly the same $q$. **Move on to step 3,000** to see them apart.",
        FORWARD,
        ("q =",),
        (("training/vae.py", "VAE.encode"),),
    ),
    "sample": Stage(
        "Sample",
        "One **draw** for each image: fresh noise $\\varepsilon \\sim \\mathcal N(0, I)$, stretched by the "
        "sd and shifted by the mean, $z = \\mu + \\sigma\\odot\\varepsilon$. The line leads from the mean "
        "to $z$.",
        FORWARD,
        ("z =",),
        (("training/elbo.py", "Posterior.rsample"),),
    ),
    "decode": Stage(
        "Decode",
        "The decoder turns each $z$ into 784 numbers, the logits of the **mean of each pixel**. What it "
        "shows is blurred where it is not sure.",
        FORWARD,
        ("nll =",),
        (("training/vae.py", "Generative.nll"),),
    ),
    "loss": Stage(
        "Loss",
        "**nll**: what the pixels cost under these means. **KL**: what it costs that $q$ is not the prior. "
        "Both in nats, for each image. The loss is their sum, averaged over the batch: −ELBO.",
        FORWARD,
        ("nll =", "kl =", "loss ="),
        (("training/elbo.py", "bernoulli_nll"), ("training/elbo.py", "Posterior.kl_per_dim")),
    ),
    "gradient": Stage(
        "Gradient",
        "Back through the same network. At the decoder's logits the gradient is $\\hat x - x$, shown on the "
        "right: orange where the decoder is too bright, blue where too dark. It goes on to $z$, and since "
        "$z = \\mu + \\sigma\\odot\\varepsilon$ to the mean as it is and to the log variance times "
        "$\\tfrac12\\sigma\\varepsilon$. There the KL adds its own pull, toward the prior. "
        "The arrows show where the loss pulls the means; the longest one has the largest gradient.",
        UPDATE,
        ("loss.backward",),
    ),
    "update": Stage(
        "Update",
        "**Adam** moves every weight a little against its gradient, all layers of both networks at once. In "
        "its very first step each weight that has a gradient moves by the learning rate, 0.001, however "
        "large the gradient is; the weights of pixels that are black in all images have none. On the same "
        "images with the same noise the loss is then lower. That is all: training does it again with other "
        "images.",
        UPDATE,
        ("optimizer.step",),
    ),
}
