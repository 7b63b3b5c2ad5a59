"""Other formats and frameworks, independent of each other."""
