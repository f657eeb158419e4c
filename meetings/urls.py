"""Addresses of sessions, documents and action items; those of circulations stand in urls_circulations.py."""

from django.urls import include, path

from meetings.views import action_items, delegations, documents, group_meetings, sessions

urlpatterns = [
    path("sessions/", sessions.session_list, name="session_list"),
    path("sessions/<int:number>/", sessions.session_detail, name="session_detail"),
    path("sessions/<int:number>/programme/", sessions.session_programme, name="session_programme"),
    path("sessions/<int:number>/documents/", sessions.session_documents, name="session_documents"),
    path("sessions/<int:number>/participants/", delegations.session_participants, name="session_participants"),
    path("documents/", documents.document_list, name="document_list"),
    path("documents/<path:symbol>/", documents.document_detail, name="document_detail"),
    path("circulations/", include("meetings.urls_circulations")),
    path("calendar/<str:token>.ics", group_meetings.calendar_feed, name="calendar_feed"),
    path("actions/", action_items.action_list, name="action_list"),
    path("actions/<slug:slug>/", action_items.action_detail, name="action_detail"),
]
