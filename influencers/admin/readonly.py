from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """To look at: what these rows say was agreed by a person or answered by a network."""

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
