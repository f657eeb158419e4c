"""Addresses of the way in, below /join/."""

from django.urls import path

from groups.views import joining

urlpatterns = [
    path("", joining.join, name="join"),
    path("sent/", joining.join_sent, name="join_sent"),
    path("nominate/", joining.join_nominate, name="join_nominate"),
    path("requests/", joining.join_request_list, name="join_request_list"),
    path("requests/<int:pk>/", joining.join_request_detail, name="join_request_detail"),
]
