"""The compilation as a file: what the page says, in the reader's language, as XLSX, DOCX and JSON."""

from meetings.exports.files import WRITERS, File, file_of
from meetings.exports.texts import About

__all__ = ["WRITERS", "About", "File", "file_of"]
