"""Files: one view for all of them, which asks the rows that point to a file who may read it (decisions.md 13)."""

from functools import reduce
from operator import or_

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from consultations.models import Annex, Submission
from groups.models import Nomination, Post
from library.models import StoredFile
from meetings.models import DocumentFile

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@login_not_required
@require_safe
def stored_file(request: HttpRequest, pk: int, name: str) -> FileResponse:
    """The file as an attachment, with the type found in its content; hidden and absent are the same 404."""
    stored = get_object_or_404(_readable(request.user), pk=pk)
    if stored.name != name:
        raise Http404
    try:
        content = stored.content.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=stored.name, content_type=stored.content_type)
    response["Content-Security-Policy"] = POLICY
    return response


def _readable(user: User | AnonymousUser) -> QuerySet[StoredFile]:
    """The files of documents, answers, posts and nominations that `user` may read."""
    annexes = Annex.objects.visible_to(user, timezone.now())
    documents = DocumentFile.objects.visible_to(user).exclude(file=None)
    proofs = Submission.objects.visible_to(user).exclude(file=None)
    owners = (annexes, documents, proofs)
    posts = Post.objects.readable_by(user).exclude(files=None)
    letters = Nomination.objects.visible_to(user).exclude(letter=None)
    owned = reduce(or_, (Q(pk__in=rows.values("file")) for rows in owners)) | Q(pk__in=letters.values("letter"))
    return StoredFile.objects.filter(owned | Q(pk__in=posts.values("files")))
