"""The compilation as a file: what the page says, in the reader's language, as XLSX, DOCX and JSON."""

from meetings.exports.files import WRITERS, File, file_of

__all__ = ["WRITERS", "File", "file_of"]
