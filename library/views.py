"""The preview of a text in Markdown."""

from django.http import HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.requests import MemberRequest
from library.forms import PreviewForm
from library.markdown import to_html


@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """The `text` that was posted as pages will show it, a fragment of HTML; 400 and the reason where it has no form."""
    form = PreviewForm(request.POST)
    if not form.is_valid():
        return HttpResponse(format_html("<p>{}</p>", form.errors["text"][0]), status=400)
    return HttpResponse(to_html(form.cleaned_data["text"]))
