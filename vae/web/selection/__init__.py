"""What is chosen on a page: a code, an image, and what is told of it."""
