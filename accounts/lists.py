"""Things one after the other in a sentence, with the comma of the reader's language."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def comma() -> str:
    """What stands between two things of a list: ", ", in Arabic "، ", in Chinese "、"."""
    return pgettext("between the things of a list", ", ")


def listed(texts: Iterable[str]) -> str:
    """Texts one after the other: "Meridia, Norland, Xenia"; empty where there is none."""
    return comma().join(texts)
