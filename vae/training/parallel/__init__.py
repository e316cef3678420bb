"""Work shared out among processes: one training, and the codes of many images."""
