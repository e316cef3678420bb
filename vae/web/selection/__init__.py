"""What is chosen on a page, a code or an image, and what is shown about it."""
