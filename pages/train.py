"""Train: a model that learns on this machine while one watches its latent space unfold."""

from vae.web.kit import frame
from vae.web.pages.train import form, shown

frame.header(
    "Train",
    "Press Train and watch the latent space unfold. Close the tab: it goes on, and is found again here.",
)
form.show()
shown.show()
