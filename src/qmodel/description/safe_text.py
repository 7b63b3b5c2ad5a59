"""Text from files may hold anything: escape sequences that command a terminal, line breaks, right-to-left marks."""

from __future__ import annotations


def printable(text: str, /) -> str:
    r"""The text with every character that is not printable spelled as `\x1b`, `\n`, `\u202e` and the like."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
