"""What the server does beside the pages: its start, the document around them, the originals."""
