"""A page about a file: facts, charts, pictures, and the page itself."""
