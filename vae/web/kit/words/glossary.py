"""The field's terms, each explained once: it shows on pointing at the term, on touch and on focus.

term("ELBO")                    HTML, for `st.html` or Markdown with HTML
marked("Its **prior** is ...")  Markdown whose terms are marked where they come first
"""

import re
from html import escape

TERMS = {
    "latent space": "The space of all codes. Each of its places can be decoded to an image.",
    "code": "The few numbers, z, that sum up an image. Also: latent variables.",
    "encoder": "The network that goes from an image to its code; in a VAE to q(z|x), a cloud of codes.",
    "decoder": "The network that goes from a code to an image: for each pixel it says what to expect.",
    "autoencoder": "Encoder and decoder trained together to give images back. Its code is a point.",
    "VAE": "Variational autoencoder: an autoencoder whose codes are clouds that together fill the prior.",
    "AVB": "Adversarial Variational Bayes: a VAE whose clouds of codes may have any form.",
    "prior": "p(z): how codes are spread before any image is seen. Here a round heap around 0, N(0, I).",
    "posterior": "How codes are spread once an image is seen. p(z|x) is the exact one, q(z|x) the encoder's.",
    "likelihood": "How probable the data are under a model. p(x|z): how probable an image is given its code.",
    "ELBO": "Evidence lower bound: −nll − KL. Never above log p(x), and what a VAE is trained to raise.",
    "nll": "Negative log-likelihood, −log p(x|z): what the pixels cost, given the code. Low is a good fit.",
    "KL": "Kullback-Leibler divergence: how far one distribution is from another. 0 where they are equal.",
    "nat": "Unit of information with logarithms to the base e. 1 nat is 1.44 bits.",
    "loss": "The number that training lowers. For a VAE it is nll + KL, which is −ELBO.",
    "beta": "The weight of the KL in the loss. 1 gives the ELBO; more gives up detail for order.",
    "reparameterisation": "z = mu + sd · noise: so a draw has a gradient in mu and sd.",
    "standard deviation": "How far values are spread around their mean. The prior's is 1 in each dimension.",
    "gradient": "In which direction, and how much, a number changes when each weight is moved a little.",
    "epoch": "Once through all training images.",
    "Adam": "A rule for how far each weight moves, from the averages of its last gradients.",
    "Bernoulli": "Of a pixel that is black or white: white with some probability.",
    "Gaussian": "The bell curve, of which a mean and a standard deviation are all there is to know.",
    "MCMC": "Markov chain Monte Carlo: a random walk that visits each place as often as a distribution says.",
    "posterior collapse": "When q(z|x) is the prior for every image: the code then says nothing.",
    "critic": "A network trained to tell two kinds of draws apart. What it answers stands in for the KL.",
}
ASIDE = r"\$\$.*?\$\$|\$[^$\n]*\$|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|<[^>]*>"  # formulas, code, links: not marked


def term(name: str, words: str = "") -> str:
    """HTML of a term, or of other words for it, that explains itself.

    Raises:
        KeyError: for a term that is not in the glossary.
    """
    return hint(words or name, TERMS[name])


def hint(words: str, explanation: str) -> str:
    """HTML of words with an explanation that shows on pointing, touch and keyboard focus."""
    return around(escape(words), explanation)


def around(content: str, explanation: str, kind: str = "") -> str:
    """HTML with an explanation, as `hint` of words; `kind` is a class for its looks."""
    said, kinds = escape(explanation), f"vae-hint {kind}".strip()
    return f'<span class="{kinds}" tabindex="0" aria-description="{said}" data-hint="{said}">{content}</span>'


def marked(markdown: str) -> str:
    """Markdown with the terms of the glossary marked, each where it comes first; it needs HTML allowed."""
    known: set[str] = set()

    def mark(found: re.Match[str]) -> str:
        name = _NAMES[found["term"].lower()]
        if name in known:
            return found[0]
        known.add(name)
        return term(name, found[0])

    pieces = re.split(f"({ASIDE})", markdown, flags=re.DOTALL)
    return "".join(piece if k % 2 else _TERM.sub(mark, piece) for k, piece in enumerate(pieces))


_NAMES = {name.lower(): name for name in TERMS}
_TERM = re.compile(
    rf"(?<![\w-])(?P<term>{'|'.join(sorted(_NAMES, key=len, reverse=True))})s?(?![\w-])", re.IGNORECASE
)
