"""Images as codes: how many numbers, and how many bytes, one takes."""
