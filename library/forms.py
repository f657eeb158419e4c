"""A file field that lets in only what store_file would store."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.lists import listed
from library.inspection import TYPES, clean_name, inspect
from library.markdown import LONGEST
from library.refusals import FileRefused


def _what_is_accepted() -> str:
    values = {"types": listed(TYPES).upper(), "limit": filesizeformat(settings.UPLOAD_MAX_BYTES)}
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


class SeveralFiles(forms.FileInput):
    """A file input that takes more than one file."""

    allow_multiple_selected = True


class CheckedFilesField(CheckedFileField):
    """Several uploads at once, each checked; at most `most`."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        options.setdefault("widget", SeveralFiles(attrs={"accept": ",".join(f".{name}" for name in TYPES)}))
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> list[File]:  # type: ignore[override]
        """The uploads, checked; empty where nothing was sent and nothing is required."""
        uploads = data or [None]
        if len(uploads) > self.most:
            message = _("At most %(most)s files go with one text.") % {"most": self.most}
            raise ValidationError(message, code="too_many")
        files, errors = [], []
        for upload in uploads:
            try:
                files.append(super().clean(upload, initial))
            except ValidationError as error:
                facts = {"name": clean_name(upload.name), "reason": error.messages[0]} if upload else {}
                errors.append(_("%(name)s: %(reason)s") % facts if facts else error.messages[0])
        if errors:
            raise ValidationError([*errors, _("Choose all files again: a browser does not keep them.")])
        return [file for file in files if file]


class MarkdownField(forms.CharField):
    """A text in Markdown; line ends are those of Unix, so that a browser counts characters as we do."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", LONGEST)
        options.setdefault("widget", forms.Textarea(attrs={"rows": 8, "dir": "auto"}))
        help_text = gettext_lazy("Markdown: **bold**, *italic*, - list, > quotation, [words](address).")
        options.setdefault("help_text", help_text)
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        """The text without surrounding blanks, its line ends as \\n."""
        return re.sub(r"\r\n?", "\n", super().to_python(value) or "")


class PreviewForm(forms.Form):
    """A text to be shown as it will be."""

    text = MarkdownField()


class LinesField(forms.Field):
    """A list of texts, one on each line; empty lines do not count."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 4, "dir": "auto"}))
        options.setdefault("help_text", gettext_lazy("One on each line."))
        super().__init__(**options)

    def to_python(self, value: Any) -> list[str]:
        """The lines without surrounding blanks; refuses what no text may hold, such as a null character."""
        text: str = forms.CharField(required=False).clean(value)
        return [line.strip() for line in text.splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        """What the text area shows."""
        return "\n".join(value) if isinstance(value, list) else value


class TextsWidget(forms.MultiWidget):
    """One line for each language, named in the line itself."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        lines: dict[str, forms.Widget | type[forms.Widget]] = {
            code: forms.TextInput(
                attrs={"aria-label": name, "placeholder": name, "lang": code, "dir": "auto", "class": "vTextField"}
            )
            for code, name in settings.LANGUAGES
        }
        super().__init__(lines, attrs)

    def decompress(self, value: Any) -> list[str]:
        """The texts in the order of the languages."""
        return [(value or {}).get(code, "") for code, _name in settings.LANGUAGES]


class TextsField(forms.MultiValueField):
    """A text in up to six languages, as the dictionary the models keep; English must be there."""

    widget = TextsWidget

    def __init__(self, *, max_length: int, **options: Any) -> None:
        lines = [forms.CharField(max_length=max_length, required=False) for _language in settings.LANGUAGES]
        super().__init__(lines, require_all_fields=False, **options)

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """The texts by language, empty ones left out."""
        codes = [code for code, _name in settings.LANGUAGES]
        return {code: text for code, text in zip(codes, data_list, strict=False) if text}

    def clean(self, value: Any) -> dict[str, str]:
        """The texts by language; refuses where English is missing."""
        texts: dict[str, str] = super().clean(value)
        if self.required and not texts.get("en"):
            raise ValidationError(_("English is missing; the other languages fall back to it."), code="english")
        return texts
