"""Sessions: overview, programme, documents. Open to all."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from meetings.models import ActionItem, Document, Session, Suggestion


@login_not_required
@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    """Every session of WILD, the newest first."""
    sessions = Session.objects.visible_to(request.user).plenary()
    return render(request, "meetings/session_list.html", {"sessions": sessions})


@login_not_required
@require_safe
def session_detail(request: HttpRequest, number: int) -> HttpResponse:
    """The record of one session: figures, days, points by paragraph, action items, suggested items, documents."""
    sessions = Session.objects.visible_to(request.user).plenary()
    session = get_object_or_404(sessions.prefetch_related("days__themes", "officers"), number=number)
    documents = Document.objects.visible_to(request.user).filter(session=session)
    summary = next((document for document in documents if document.kind == Document.Kind.SUMMARY), None)
    items = list(ActionItem.objects.visible_to(request.user).of_session(session).for_list())
    suggestions = Suggestion.objects.filter(session__in=sessions.filter(number__in=[number, number - 1]))
    context = {
        "session": session,
        "documents": documents,
        "summary": summary,
        "discussed": [paragraph for paragraph in summary.paragraphs() if paragraph.cluster] if summary else [],
        "items": [item for item in items if item.session_id == session.pk],
        "reported_items": [item for item in items if item.session_id != session.pk],
        "suggested": [each for each in suggestions if each.session_id == session.pk],
        "suggested_before": [each for each in suggestions if each.session_id != session.pk],
    }
    return render(request, "meetings/session_detail.html", context)


@login_not_required
@require_safe
def session_programme(request: HttpRequest, number: int) -> HttpResponse:
    """Days, themes and presentations; what the record does not give is said."""
    sessions = Session.objects.visible_to(request.user).plenary()
    session = get_object_or_404(
        sessions.prefetch_related("days__themes__presentations__office"),
        number=number,
    )
    return render(request, "meetings/session_programme.html", {"session": session})


@login_not_required
@require_safe
def session_documents(request: HttpRequest, number: int) -> HttpResponse:
    """The documents of one session that the reader may see."""
    session = get_object_or_404(Session.objects.visible_to(request.user).plenary(), number=number)
    documents = Document.objects.visible_to(request.user).filter(session=session).for_list(request.user)
    return render(request, "meetings/session_documents.html", {"session": session, "documents": documents})
