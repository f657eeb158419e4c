"""Addresses inside a group, below /groups/<slug>/."""

from django.urls import path

from groups.views import discussions, posts, seats, steps

urlpatterns = [
    path("seats/", seats.group_seats, name="group_seats"),
    path("seats/<int:pk>/", seats.seat_detail, name="seat_detail"),
    path("guests/", seats.group_invite_guest, name="group_invite_guest"),
    path("import/", seats.group_import, name="group_import"),
    path("steps/<int:pk>/", steps.step_tick, name="step_tick"),
    path("discussions/", discussions.thread_list, name="thread_list"),
    path("discussions/new/", discussions.thread_new, name="thread_new"),
    path("discussions/<int:pk>/", discussions.thread_detail, name="thread_detail"),
    path("discussions/<int:pk>/follow/", discussions.thread_follow, name="thread_follow"),
    path("discussions/<int:pk>/close/", discussions.thread_close, name="thread_close"),
    path("posts/<int:pk>/", posts.post_detail, name="post_detail"),
    path("posts/<int:pk>/edit/", posts.post_edit, name="post_edit"),
    path("posts/<int:pk>/history/", posts.post_history, name="post_history"),
    path("posts/<int:pk>/hide/", posts.post_hide, name="post_hide"),
    path("posts/<int:pk>/restore/", posts.post_restore, name="post_restore"),
    path("mail/", discussions.group_mail, name="group_mail"),
]
