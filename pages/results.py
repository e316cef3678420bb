"""Results: the models' numbers, how each was trained, and the ledger beside the source articles."""

from vae.web.kit import frame
from vae.web.pages.results import ledger, models
from vae.web.selection import your_image

page = frame.begin(
    "results",
    "Every number, how it was measured, and the command that measures it again.",
    beside=your_image.show,
)
models.show(page.explorer)
ledger.show()
