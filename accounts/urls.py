"""Addresses of offices, members, the own profile, and of the links that stand in mails."""

from django.urls import path

from accounts.views import directory, links, members, profile

urlpatterns = [
    path("offices/", directory.office_list, name="office_list"),
    path("offices/<str:code>/", directory.office_detail, name="office_detail"),
    path("offices/<str:code>/people/add/", members.member_add, name="member_add"),
    path("offices/<str:code>/people/<int:pk>/", members.member_detail, name="member_detail"),
    path("offices/<str:code>/people/<int:pk>/role/", members.member_role, name="member_role"),
    path("offices/<str:code>/people/<int:pk>/hand-over/", members.member_hand_over, name="member_hand_over"),
    path("offices/<str:code>/people/<int:pk>/left/", members.member_left, name="member_left"),
    path("offices/<str:code>/people/<int:pk>/invite/", members.member_invite, name="member_invite"),
    path("me/", profile.me, name="me"),
    path("me/office/", profile.me_office, name="me_office"),
    path("invitation/<str:token>/", links.invitation_accept, name="invitation_accept"),
    path("hand-over/<str:token>/", links.hand_over, name="hand_over"),
]
