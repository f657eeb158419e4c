"""Input that has broken something somewhere (security.md, B02, B03, B10, B12, B18, B19), and the forms it is put in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

NUL = "a\x00b"
LONG = "x" * 1_000_000
TEXTS = {
    "NUL": NUL,
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>",
    "bidi overrides": "\u202egpj.exe\u2066\u200f\u061c",
    "lone surrogate halves as text": "\\ud800 \ufffd\ufffe",
    "combining marks": "a" + "\u0301" * 5000,
    "blanks": " \t\r\n\u00a0\u2003\ufeff",
    "a folded header": "a\r\nBcc: all@wild.example\r\n\r\nbody",
    "template": "{{7*7}} {% load x %} %(name)s {user.password} ${x}",
    "exponent": "1e3",
    "full-width digit": "１",
    "huge": "9" * 40,
    "negative": "-1",
    "not a number": "NaN",
    "list": "[" * 500,
    "impossible date": "2026-02-30",
    "year zero": "0000-00-00",
    "far year": "99999-12-31",
    "impossible instant": "2026-13-45T25:61",
    "two addresses": "a@qm.example, b@qm.example",
    "address with a line": "a@qm.example\nBcc: x@y.example",
}
PATHS = [
    "%00",
    "a%00b",
    "1e3",
    "%EF%BC%91",
    "9" * 40,
    "-1",
    "%E2%80%AE",
    "%3Cscript%3E",
    "..%2F..%2Fetc%2Fpasswd",
    "x" * 3000,
]
PATHS += ["%F0%9F%92%A9", "%ff", "%ed%a0%80", "0", "0x10", "1.0", "1%20", "%0A", "';--", "{{7*7}}", "a" * 300 + "%00"]


@dataclass
class Form:
    """A form of a page: where it goes, how, and its fields with what stands in them."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def writable(self) -> list[str]:
        """Names of the fields somebody could send something in, the token of the form left out."""
        return [name for name in self.kinds if name != "csrfmiddlewaretoken"]


class Reader(HTMLParser):
    """Collects the forms of a page; fields outside a form are given to it by their `form` attribute or left out."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.ids: dict[str, Form] = {}
        self.current: Form | None = None
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form, a field, or a choice."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.current = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self.current)
            self.ids[values.get("id", "")] = self.current
        form = self.ids.get(values.get("form", "")) if "form" in values else self.current
        if form and tag in {"input", "select", "textarea", "button"} and values.get("name"):
            self._field(form, tag, values)
        elif form and tag == "option" and self.select and "selected" in values:
            form.fields.setdefault(self.select, []).append(values.get("value", ""))

    def _field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, kind = values["name"], values.get("type", tag) if tag in {"input", "button"} else tag
        form.kinds.setdefault(name, kind)
        self.select, self.area = (name if tag == "select" else ""), (name if tag == "textarea" else "")
        is_sent = kind not in {"checkbox", "radio"} or "checked" in values
        if tag == "input" and is_sent and kind not in {"file", "submit", "image", "reset"}:
            form.fields.setdefault(name, []).append(values.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        """What stands in a text area."""
        if self.area and self.current:
            self.current.fields.setdefault(self.area, []).append(data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        """The end of a form or a field."""
        if tag == "form":
            self.current = None
        if tag == "select":
            self.select = ""
        if tag == "textarea":
            self.area = ""


def forms_of(page: str) -> list[Form]:
    """The forms of a page."""
    reader = Reader()
    reader.feed(page)
    return reader.forms
