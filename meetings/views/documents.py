"""Documents: the list, and one document by its symbol with paragraphs and points. Each is open by its visibility."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meetings.forms.filters import DocumentFilter
from meetings.models import ActionItem, Document, Passage

PER_PAGE = 50


@login_not_required
@require_safe
def document_list(request: HttpRequest) -> HttpResponse:
    """Documents the reader may see, filtered; a symbol, however it is typed, opens its document at once."""
    visible = Document.objects.visible_to(request.user)
    form = DocumentFilter(request.GET, user=request.user)
    form.is_valid()
    if document := form.meant(visible):
        return redirect(document)
    documents = form.narrow(visible).for_list(request.user)
    page = Paginator(documents, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "meetings/document_list.html", {"form": form, "page": page})


@login_not_required
@require_safe
def document_detail(request: HttpRequest, symbol: str) -> HttpResponse:
    """One document with its paragraphs and points; other spellings of its symbol move permanently to its address."""
    visible = Document.objects.visible_to(request.user)
    found = list(visible.at_address(symbol).for_list(request.user))
    if not found:
        raise Http404
    document = max(found, key=lambda each: each.slug == symbol)
    if symbol != (document.symbol_key or document.slug):
        return redirect(document, permanent=True)
    context = {
        "document": document,
        "paragraphs": _paragraphs(request, document),
        "lineage": visible.filter(Q(replaces=document) | Q(replaced_by=document)),
        "own_language": _own_language(document),
    }
    return render(request, "meetings/document_detail.html", context)


def _own_language(document: Document) -> str:
    """The language, as HTML names it, of a group's report that was presented here; "" for what the record holds."""
    if document.kind != Document.Kind.REPORT or document.is_record:
        return ""
    code = next((file.language for file in document.readable_files), "en")
    return "zh-Hans" if code == "zh-hans" else code


def _paragraphs(request: HttpRequest, document: Document) -> list[Passage]:
    """The paragraphs with their points, each point with the action item it is."""
    paragraphs = list(document.paragraphs().prefetch_related("points__topics"))
    items = ActionItem.objects.visible_to(request.user).filter(passage__document=document).select_related("session")
    item_of = {item.passage_id: item for item in items}
    for paragraph in paragraphs:
        for passage in (paragraph, *paragraph.points.all()):
            passage.action_item = item_of.get(passage.pk)
    return paragraphs
