"""Addresses of circulations; meetings/urls.py includes them below /circulations/."""

from django.urls import path

from meetings.views import circulation_answers, circulation_desk, circulation_releases, circulations

urlpatterns = [
    path("", circulations.circulation_list, name="circulation_list"),
    path("<slug:slug>/", circulations.circulation_detail, name="circulation_detail"),
    path("<slug:slug>/compilation/", circulations.circulation_compilation, name="circulation_compilation"),
    path("<slug:slug>/answer/", circulation_answers.circulation_answer, name="circulation_answer"),
    path("<slug:slug>/draft/", circulation_answers.circulation_draft, name="circulation_draft"),
    path("<slug:slug>/review/", circulation_answers.circulation_review, name="circulation_review"),
    path("<slug:slug>/receipt/", circulation_answers.circulation_receipt, name="circulation_receipt"),
    path("<slug:slug>/receipt/<int:number>/", circulation_answers.circulation_receipt, name="circulation_submission"),
    path("<slug:slug>/reminders/", circulation_desk.circulation_reminders, name="circulation_reminders"),
    path("<slug:slug>/open/", circulation_desk.circulation_open, name="circulation_open"),
    path("<slug:slug>/extend/", circulation_desk.circulation_extend, name="circulation_extend"),
    path("<slug:slug>/close/", circulation_desk.circulation_close, name="circulation_close"),
    path("<slug:slug>/nudge/", circulation_desk.circulation_nudge, name="circulation_nudge"),
    path("<slug:slug>/releases/<int:pk>/", circulation_releases.circulation_release, name="circulation_release"),
    path("<slug:slug>/publish/", circulation_desk.circulation_publish, name="circulation_publish"),
]
