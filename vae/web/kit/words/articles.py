"""The articles that the pages speak of: where each can be read."""

import re

ARXIV, DOI = "https://arxiv.org/abs/", "https://doi.org/"
ARTICLES = {
    "Auto-Encoding Variational Bayes": f"{ARXIV}1312.6114",
    "Adversarial Variational Bayes": f"{ARXIV}1701.04722",
    "Extracting and Composing Robust Features with Denoising Autoencoders": f"{DOI}10.1145/1390156.1390294",
    "Contractive Auto-Encoders": "https://icml.cc/2011/papers/455_icmlpaper.pdf",
    "Neural networks and principal component analysis": f"{DOI}10.1016/0893-6080(89)90014-2",
    "Importance Weighted Autoencoders": f"{ARXIV}1509.00519",
    "The continuous Bernoulli": f"{ARXIV}1907.06845",
    "beta-VAE": "https://openreview.net/forum?id=Sy2fzU9gl",
    "Fixing a Broken ELBO": f"{ARXIV}1711.00464",
    "Learning Structured Output Representation using Deep Conditional Generative Models": (
        "https://papers.nips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html"
    ),
    "Semi-Supervised Learning with Deep Generative Models": f"{ARXIV}1406.5298",
    "Adam": f"{ARXIV}1412.6980",
    "Identity Mappings in Deep Residual Networks": f"{ARXIV}1603.05027",
    "Maximum likelihood from incomplete data via the EM algorithm": (
        f"{DOI}10.1111/j.2517-6161.1977.tb01600.x"
    ),
    "A view of the EM algorithm": f"{DOI}10.1007/978-94-011-5014-9_12",
    "Equation of state calculations by fast computing machines": f"{DOI}10.1063/1.1699114",
    "Sur les fonctions convexes": f"{DOI}10.1007/BF02418571",
    "ELBO surgery": "https://approximateinference.org/accepted/HoffmanJohnson2016.pdf",
    "Inference Suboptimality in Variational Autoencoders": f"{ARXIV}1801.03558",
    "The Concrete Distribution": f"{ARXIV}1611.00712",
    "Categorical Reparameterization with Gumbel-Softmax": f"{ARXIV}1611.01144",
    "REBAR": f"{ARXIV}1703.07370",
    "Black Box Variational Inference": f"{ARXIV}1401.0118",
    "Monte Carlo Gradient Estimation in Machine Learning": f"{ARXIV}1906.10652",
    "Generating Sentences from a Continuous Space": f"{ARXIV}1511.06349",
    "Variational Lossy Autoencoder": f"{ARXIV}1611.02731",
    "MADE": f"{ARXIV}1502.03509",
    "Annealed Importance Sampling": f"{ARXIV}physics/9803008",
    "On the Quantitative Analysis of Decoder-Based Generative Models": f"{ARXIV}1611.04273",
    "Estimation in parallel randomized experiments": f"{DOI}10.3102/10769986006004377",
    "Latent Space Oddity": f"{ARXIV}1710.11379",
    "Hierarchical clustering with structure": (
        "https://scikit-learn.org/stable/auto_examples/cluster/plot_ward_structured_vs_unstructured.html"
    ),
}


def linked(markdown: str) -> str:
    """Markdown in which the titles of the articles lead to them, each where it comes first."""
    known: set[str] = set()

    def link(found: re.Match[str]) -> str:
        if found[0] in known:
            return found[0]
        known.add(found[0])
        return f"[{found[0]}]({ARTICLES[found[0]]})"

    return _TITLE.sub(link, markdown)


_TITLE = re.compile(
    rf"(?<![\w\[-])(?:{'|'.join(sorted(map(re.escape, ARTICLES), key=len, reverse=True))})(?![\w-])"
)
