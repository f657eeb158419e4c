"""Addresses inside a group; wild_portal/urls.py includes them below /groups/<slug>/."""

from django.urls import URLPattern, path

from meetings.views import group_meetings, group_meetings_desk, group_minutes, reports, silence

DECISIONS: list[URLPattern] = [
    path("decisions/", silence.silence_list, name="silence_list"),
    path("decisions/new/", silence.silence_new, name="silence_new"),
    path("decisions/<int:pk>/", silence.silence_detail, name="silence_detail"),
    path("decisions/<int:pk>/release/", silence.silence_release, name="silence_release"),
    path("decisions/<int:pk>/object/", silence.silence_object, name="silence_object"),
    path("decisions/<int:pk>/extend/", silence.silence_extend, name="silence_extend"),
    path("decisions/<int:pk>/withdraw/", silence.silence_withdraw, name="silence_withdraw"),
    path("decisions/<int:pk>/confirm/", silence.silence_confirm, name="silence_confirm"),
]

REPORTS: list[URLPattern] = [
    path("reports/", reports.report_list, name="report_list"),
    path("reports/new/", reports.report_new, name="report_new"),
    path("reports/<int:pk>/", reports.report_detail, name="report_detail"),
    path("reports/<int:pk>/edit/", reports.report_edit, name="report_edit"),
    path("reports/<int:pk>/approve/", reports.report_approve, name="report_approve"),
    path("reports/<int:pk>/present/", reports.report_present, name="report_present"),
]

MEETINGS: list[URLPattern] = [
    path("meetings/", group_meetings.meeting_list, name="meeting_list"),
    path("meetings/new/", group_meetings_desk.meeting_new, name="meeting_new"),
    path("meetings/<int:number>/", group_meetings.meeting_detail, name="meeting_detail"),
    path("meetings/<int:number>/reply/", group_meetings.meeting_reply, name="meeting_reply"),
    path("meetings/<int:number>/meeting.ics", group_meetings.meeting_ics, name="meeting_ics"),
    path("meetings/<int:number>/edit/", group_meetings_desk.meeting_edit, name="meeting_edit"),
    path("meetings/<int:number>/move/", group_meetings_desk.meeting_move, name="meeting_move"),
    path("meetings/<int:number>/call-off/", group_meetings_desk.meeting_call_off, name="meeting_call_off"),
    path("meetings/<int:number>/invite/", group_meetings_desk.meeting_invite, name="meeting_invite"),
    path("meetings/<int:number>/attendance/", group_minutes.meeting_attendance, name="meeting_attendance"),
    path("meetings/<int:number>/minutes/", group_minutes.meeting_minutes, name="meeting_minutes"),
    path("meetings/<int:number>/points/<int:pk>/", group_minutes.meeting_point, name="meeting_point"),
]

urlpatterns = [*MEETINGS, *DECISIONS, *REPORTS]
