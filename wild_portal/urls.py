"""Every address of the portal; product.md lists them. Each app's own addresses stand in its urls.py."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from wild_portal.views import dev_mail, files, gallery, group, health, home, public

handler400, handler500 = "wild_portal.views.errors.bad_request", "wild_portal.views.errors.server_error"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", home.home, name="home"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("language/", login_not_required(require_POST(set_language)), name="set_language"),
    path("mail/", include("notifications.urls")),
    path("", include("accounts.urls")),
    path("join/", include("groups.urls")),
    path("", include("meetings.urls")),
    path("questions/", include("network.urls")),
    path("groups/", group.group_list, name="group_list"),
    path("groups/<slug:slug>/", group.group_detail, name="group_detail"),
    path("groups/<slug:slug>/", include("groups.urls_inside")),
    path("groups/<slug:slug>/", include("meetings.urls_groups")),
    path("", include("library.urls")),
    path("files/<int:pk>/<str:name>", files.stored_file, name="stored_file"),
    path("record/", public.about_record, name="about_record"),
    path("privacy/", public.privacy, name="privacy"),
    path("accessibility/", public.accessibility, name="accessibility"),
    path("contact/", public.contact, name="contact"),
    path("components/", gallery.components, name="components"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("dev/mail/", dev_mail.dev_mail, name="dev_mail"),
    path("dev/mail/<str:name>/", dev_mail.dev_mail_message, name="dev_mail_message"),
    path("dev/mail.json", dev_mail.dev_mail_json, name="dev_mail_json"),
]
