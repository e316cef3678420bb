"""Doctor: whether a model is well, what ails it, and which beta a loss trains."""

from vae.web.kit import frame
from vae.web.pages.doctor import calculator, findings
from vae.web.selection import your_image

page = frame.begin(
    "doctor",
    "What a specialist would look at first: each finding with its number, what it means and what to change.",
    beside=your_image.show,
)
findings.show(page.explorer)
calculator.show(page.explorer)
