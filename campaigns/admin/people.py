from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from campaigns.admin.sturdy import SturdyAdmin
from campaigns.forms.account import DeskLoginForm
from campaigns.models import Lead, User

admin.site.login_form = DeskLoginForm


@admin.register(User)
class UserAdmin(DjangoUserAdmin, SturdyAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("email",)
    list_display = ("email", "display_name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "display_name")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password", "display_name")}),
        (_("Droits"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "display_name", "password1", "password2")}),)


@admin.register(Lead)
class LeadAdmin(SturdyAdmin):
    """Buyers are discreet: only superusers see leads here; the case team has its own page."""

    list_display = ("case", "buyer_type", "stage", "created_at")

    def has_module_permission(self, request) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser
