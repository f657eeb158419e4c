"""Addresses of this app, below /mail/."""

from django.urls import path

from notifications import views

urlpatterns = [path("<str:token>/", views.mail_preferences, name="mail_preferences")]
