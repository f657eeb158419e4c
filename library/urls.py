"""Addresses of what the whole portal shares."""

from django.urls import path

from library import views

urlpatterns = [path("preview/", views.preview, name="preview")]
