"""What everything may attach and be tagged with."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def random_path(_file: StoredFile, _name: str) -> str:
    """Where a file lies: a random name, so that a storage path tells nothing and cannot be guessed."""
    token = uuid.uuid4().hex
    return f"{token[:2]}/{token}"


class StoredFile(models.Model):
    """A file as it was received; who may read it is decided by the rows that point to it (decisions.md 13)."""

    content = models.FileField(_("file"), upload_to=random_path, max_length=100)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The address that serves the file to those who may read it."""
        return reverse("stored_file", args=[self.pk, self.name])

    @property
    def format(self) -> str:
        """What people call the type: "PDF", "DOCX"."""
        return self.name.rpartition(".")[2].upper()


class Term(models.Model):
    """One term of the controlled vocabulary (vocabulary.csv)."""

    slug = models.SlugField(_("key"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=20)
    facet = models.CharField(_("facet"), max_length=40)
    labels = models.JSONField(_("labels by language"))
    definition = models.TextField(_("definition"), blank=True)
    aliases = models.TextField(_("other names, separated by a bar"), blank=True)
    ip_rights = models.CharField(_("IP rights"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.labels.get("en", self.slug))
