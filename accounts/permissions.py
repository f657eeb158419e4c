"""Who may do what with offices, members and logins (permissions.md: office, member, user)."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import Member, Office, User

Asker = User | AnonymousUser


def can_see_directory(user: Asker) -> bool:
    """Members of an office and the Secretariat; guests see their groups and the public pages only."""
    if not user.is_authenticated:
        return False
    return user.is_staff or Member.objects.current().filter(user=user).exclude(office=None).exists()


def can_manage_office(user: Asker, office: Office | None) -> bool:
    """A focal point manages the members of the own office; the Secretariat all, guests without an office included."""
    if not user.is_authenticated:
        return False
    if user.is_staff:
        return True
    if office is None:
        return False
    focal_points = Member.objects.speaking_for_office().of_office(office).filter(role=Member.Role.FOCAL_POINT)
    return focal_points.filter(user=user).exists()


def can_update_profile(user: Asker, member: Member) -> bool:
    """Everybody the own profile, nobody that of somebody else."""
    return user.is_authenticated and member.user_id == user.pk


def can_hand_over(user: Asker, member: Member) -> bool:
    """Who holds the duty, and who manages the office."""
    return can_update_profile(user, member) or can_manage_office(user, member.office)


def can_leave_office_silent(user: Asker) -> bool:
    """Only the Secretariat may leave an office without anybody who speaks for it."""
    return user.is_authenticated and user.is_staff


def can_close_login(user: Asker, login: User) -> bool:
    """The Secretariat closes and reopens logins of others; only a superuser that of a superuser; nobody the own one."""
    if not user.is_authenticated or user.pk == login.pk:
        return False
    return user.is_superuser or (user.is_staff and not login.is_superuser)


def can_end_sessions(user: Asker, login: User) -> bool:
    """Everybody their own; the Secretariat also those of others."""
    return user.is_authenticated and (user.is_staff or user.pk == login.pk)


def can_grant_staff(user: Asker) -> bool:
    """Only a superuser says who belongs to the Secretariat."""
    return user.is_authenticated and user.is_superuser
