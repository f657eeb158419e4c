"""Addresses of offices, members, the own profile, and of the links that stand in mails."""

from django.urls import path, register_converter

from accounts.views import directory, links, members, profile


class OfficeCode:
    """Two capital letters of WIPO Standard ST.3."""

    regex = "[A-Z]{2}"

    def to_python(self, value: str) -> str:
        """As it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """As it is stored."""
        return value


register_converter(OfficeCode, "office")

urlpatterns = [
    path("offices/", directory.office_list, name="office_list"),
    path("offices/<office:code>/", directory.office_detail, name="office_detail"),
    path("offices/<office:code>/people/add/", members.member_add, name="member_add"),
    path("offices/<office:code>/people/<int:pk>/", members.member_detail, name="member_detail"),
    path("offices/<office:code>/people/<int:pk>/role/", members.member_role, name="member_role"),
    path("offices/<office:code>/people/<int:pk>/hand-over/", members.member_hand_over, name="member_hand_over"),
    path("offices/<office:code>/people/<int:pk>/left/", members.member_left, name="member_left"),
    path("offices/<office:code>/people/<int:pk>/invite/", members.member_invite, name="member_invite"),
    path("me/", profile.me, name="me"),
    path("me/office/", profile.me_office, name="me_office"),
    path("invitation/<str:token>/", links.invitation_accept, name="invitation_accept"),
    path("hand-over/<str:token>/", links.hand_over, name="hand_over"),
]
