"""Addresses of the way in, below /join/."""

from django.urls import path

from groups import views

urlpatterns = [
    path("", views.join, name="join"),
    path("sent/", views.join_sent, name="join_sent"),
    path("nominate/", views.join_nominate, name="join_nominate"),
    path("requests/", views.join_request_list, name="join_request_list"),
    path("requests/<int:pk>/", views.join_request_detail, name="join_request_detail"),
]
