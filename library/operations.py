"""What the library stores: files as they were received, pictures without their metadata, and the vocabulary."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.core.files.base import File
from django.db import transaction

from accounts.models import User
from library.inspection import TYPES, clean_name, inspect
from library.models import StoredFile, Term
from library.pictures import FORMATS, without_metadata
from library.refusals import FileRefused

__all__ = ["FileRefused", "load_terms", "store_file"]


@transaction.atomic
def store_file(*, upload: File, by: User | None, now: datetime) -> StoredFile:
    """Stores an uploaded file under a random path; the row that will point to it says who may read it.

    `now` is the instant of receipt, aware UTC. Raises FileRefused with a message fit for a page.
    """
    content_type = inspect(upload)
    for extension in FORMATS:
        if content_type == TYPES[extension]:
            upload = without_metadata(upload, extension)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return StoredFile.objects.create(
        content=upload,
        name=clean_name(upload.name or ""),
        content_type=content_type,
        size=upload.size,
        sha256=digest.hexdigest(),
        uploaded_by=by,
        uploaded_at=now,
    )


@transaction.atomic
def load_terms(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Adds the terms of vocabulary.csv that are missing and returns their number; what exists is left as it is."""
    rows = list(rows)
    known = set(Term.objects.values_list("slug", flat=True))
    fresh = [
        Term(
            slug=row["slug"],
            kind=row["kind"],
            facet=row["facet"],
            labels={"en": row["label"]},
            definition=row["definition"],
            aliases=row["aliases"],
            ip_rights=row["ip_rights"],
            source=row["source"],
        )
        for row in rows
        if row["slug"] not in known
    ]
    return len(Term.objects.bulk_create(fresh))
