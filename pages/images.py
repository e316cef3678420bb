"""Your images: an archive, arrays, a table or a folder become a data set that every page knows."""

from vae.web.kit import frame
from vae.web.pages.images import form, shown, under_way

frame.header(
    "Your images",
    "Give pictures of your own: they become a data set, like those that ship. Then train a model on it and "
    "explore what it learns.",
)
form.show()
under_way.show()
shown.show()
