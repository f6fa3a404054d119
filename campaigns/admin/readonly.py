from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """To look at: rows that are made elsewhere, or say what was agreed or answered."""

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
