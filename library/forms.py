"""A file field that lets in only what store_file would store."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from library.inspection import TYPES, FileRefused, inspect


def _what_is_accepted() -> str:
    values = {"types": ", ".join(TYPES).upper(), "limit": filesizeformat(settings.UPLOAD_MAX_BYTES)}
    return _("%(types)s; at most %(limit)s.") % values


class CheckedFileField(forms.FileField):
    """An upload whose content is what its name claims; the objection of library.inspection stands at the field."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.FileInput(attrs={"accept": ",".join(f".{name}" for name in TYPES)}))
        options.setdefault("help_text", lazy(_what_is_accepted, str)())
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> File | None:
        """The upload, checked; None where nothing was sent and nothing is required."""
        upload = super().clean(data, initial)
        if upload and upload is not initial:
            try:
                inspect(upload)
            except FileRefused as refusal:
                raise ValidationError(str(refusal), code="refused") from refusal
        return upload
