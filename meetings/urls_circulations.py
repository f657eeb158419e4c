"""Addresses of circulations; meetings/urls.py includes them below /circulations/."""

from django.urls import path

from meetings.views import (
    circulation_answers,
    circulation_compilation,
    circulation_desk,
    circulation_office,
    circulation_offices,
    circulation_outcome,
    circulation_releases,
    circulations,
    comments,
)

urlpatterns = [
    path("", circulations.circulation_list, name="circulation_list"),
    path("<slug:slug>/", circulations.circulation_detail, name="circulation_detail"),
    path("<slug:slug>/compilation/", circulation_compilation.circulation_compilation, name="circulation_compilation"),
    path(
        "<slug:slug>/compilation.<slug:format>",
        circulation_compilation.circulation_export,
        name="circulation_export",
    ),
    path("<slug:slug>/answer/", circulation_answers.circulation_answer, name="circulation_answer"),
    path("<slug:slug>/draft/", circulation_answers.circulation_draft, name="circulation_draft"),
    path("<slug:slug>/presence/", circulation_office.circulation_presence, name="circulation_presence"),
    path("<slug:slug>/sign-off/", circulation_office.circulation_sign_off, name="circulation_sign_off"),
    path("<slug:slug>/ask/", circulation_office.circulation_ask, name="circulation_ask"),
    path("<slug:slug>/review/", circulation_answers.circulation_review, name="circulation_review"),
    path("<slug:slug>/receipt/", circulation_answers.circulation_receipt, name="circulation_receipt"),
    path("<slug:slug>/receipt/<int:number>/", circulation_answers.circulation_receipt, name="circulation_submission"),
    path("<slug:slug>/reminders/", circulation_desk.circulation_reminders, name="circulation_reminders"),
    path("<slug:slug>/desk/", circulation_offices.circulation_desk, name="circulation_desk"),
    path("<slug:slug>/desk/add/", circulation_offices.circulation_add_office, name="circulation_add_office"),
    path("<slug:slug>/desk/<str:office>/reopen/", circulation_offices.circulation_reopen, name="circulation_reopen"),
    path(
        "<slug:slug>/desk/<str:office>/on-behalf/",
        circulation_offices.circulation_on_behalf,
        name="circulation_on_behalf",
    ),
    path("<slug:slug>/open/", circulation_desk.circulation_open, name="circulation_open"),
    path("<slug:slug>/extend/", circulation_desk.circulation_extend, name="circulation_extend"),
    path("<slug:slug>/close/", circulation_desk.circulation_close, name="circulation_close"),
    path("<slug:slug>/nudge/", circulation_desk.circulation_nudge, name="circulation_nudge"),
    path("<slug:slug>/releases/<int:pk>/", circulation_releases.circulation_release, name="circulation_release"),
    path("<slug:slug>/comments/<int:pk>/join/", comments.circulation_join, name="circulation_join"),
    path("<slug:slug>/comments/<int:pk>/leave/", comments.circulation_leave, name="circulation_leave"),
    path("<slug:slug>/disposition/", circulation_outcome.circulation_disposition, name="circulation_disposition"),
    path(
        "<slug:slug>/disposition/text/",
        circulation_outcome.circulation_outcome_text,
        name="circulation_outcome_text",
    ),
    path(
        "<slug:slug>/disposition/publish/",
        circulation_outcome.circulation_outcome_publish,
        name="circulation_outcome_publish",
    ),
    path("<slug:slug>/outcome/", circulation_outcome.circulation_outcome, name="circulation_outcome"),
    path("<slug:slug>/publish/", circulation_desk.circulation_publish, name="circulation_publish"),
]
