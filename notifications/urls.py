"""Addresses of this app, below /mail/."""

from django.urls import path

from notifications import views

urlpatterns = [
    path("status/", views.mail_status, name="mail_status"),  # before the token, which is never this word
    path("<str:token>/", views.mail_preferences, name="mail_preferences"),
]
