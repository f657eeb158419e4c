"""Every component with sample arguments, for whoever builds or checks a page; on demonstration sites only."""

import datetime as dt

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

NOW = dt.datetime(2026, 11, 20, 15, 40, tzinfo=dt.UTC)
OPENS = dt.datetime(2026, 10, 6, 22, tzinfo=dt.UTC)
CLOSES = dt.datetime(2026, 12, 7, 22, 59, 59, 999000, tzinfo=dt.UTC)
REMINDERS = [
    (dt.datetime(2026, 11, 7, 8, tzinfo=dt.UTC), True),
    (dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC), False),
    (dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC), False),
    (dt.datetime(2026, 12, 4, 8, tzinfo=dt.UTC), False),
    (dt.datetime(2026, 12, 6, 8, tzinfo=dt.UTC), False),
]
LETTERS = [("a", "done"), ("b", "done"), ("c", "busy"), ("d", "busy"), ("e", "empty")]
TAGS = ["", "key", "time", "done", "late", "quiet"]
STATUSES = [
    ("established", "established"),
    ("outstanding", "outstanding"),
    ("in_progress", "in progress"),
    ("closed", "closed"),
]
ICONS = (
    "mark",
    "search",
    "menu",
    "calendar",
    "clock",
    "doc",
    "slides",
    "sheet",
    "video",
    "download",
    "out",
    "next",
    "arrow",
    "check",
    "done",
    "todo",
    "alert",
    "info",
    "person",
    "people",
    "office",
    "comment",
    "pencil",
    "lock",
    "filter",
    "mail",
    "print",
    "globe",
    "share",
    "bell",
    "plus",
    "x",
    "pin",
    "p-yes",
    "p-part",
    "p-ok",
    "p-ask",
    "p-no",
    "p-none",
)
FIGURES = [(46, "Member States represented"), (5, "intergovernmental organizations"), (11, "themes over three days")]
FILES = [
    {"url": "#", "name": "Summary of Discussions", "format": "PDF", "octets": 184_320, "language": "en"},
    {"url": "#", "name": "Presentation", "format": "PPTX", "octets": 1_400_000, "icon": "slides"},
]
LANGUAGES = [("en", "#", "English"), ("fr", "#", "Français"), ("zh-hans", "#", "中文")]
FACTS = [("Lead group", "CIO Network"), ("Next report", "")]
RECORD = "Setting up a forum to share information about ICT services and solution portfolios"
TALLY = [
    {"letter": "a", "label": "Network of CIOs and CTOs", "counts": {"supports": 15}, "comments": 0},
    {
        "letter": "b",
        "label": "Forum on ICT services and solutions",
        "counts": {"supports": 7, "supports_with_changes": 4, "no_objection": 1, "no_position": 3},
        "comments": 3,
        "comments_url": "#b",
    },
    {
        "letter": "d",
        "label": "Pilot projects",
        "counts": {
            "supports": 6,
            "supports_with_changes": 2,
            "no_objection": 2,
            "needs_information": 4,
            "does_not_support": 1,
        },
        "comments": 7,
        "comments_url": "#d",
    },
]


class SampleForm(forms.Form):
    """One field of each kind."""

    email = forms.EmailField(label="E-mail", help_text="The address the Secretariat writes to.")
    office = forms.ChoiceField(label="Office", choices=[("QM", "Meridia"), ("QN", "Norland")])
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}), required=False)
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    agree = forms.BooleanField(label="Our office has read it", required=False)
    file = forms.FileField(label="File", required=False)


@login_not_required
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """The gallery, as of 20 November 2026; `?theme=dark` and `?theme=light` force the colours."""
    if not settings.DEMO:
        raise Http404
    samples = {
        "now": NOW,
        "opens": OPENS,
        "closes": CLOSES,
        "over": NOW - dt.timedelta(days=1),
        "soon": NOW + dt.timedelta(hours=5),
        "reminders": REMINDERS,
        "first_day": dt.date(2025, 4, 14),
        "last_day": dt.date(2025, 4, 16),
        "letters": LETTERS,
        "tags": TAGS,
        "statuses": STATUSES,
        "icons": ICONS,
        "figures": FIGURES,
        "files": FILES,
        "languages_of_file": LANGUAGES,
        "facts": FACTS,
        "record": RECORD,
        "tally_rows": TALLY,
        "page": Paginator(range(200), 10).page(7),
        "form": SampleForm(),
        "form_with_errors": SampleForm({"email": "nobody", "office": "ZZ"}, auto_id="wrong_%s"),
    }
    return render(request, "wild_portal/components.html", samples)
