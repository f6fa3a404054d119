"""The moderators' group, with the permissions of their desk."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

MAY = {
    "case": ["view", "change"],
    "fact": ["view", "add", "change", "delete"],
    "milestone": ["view", "add", "change"],
    "casetransition": ["view"],
    "caseupdate": ["view", "add", "change"],
}


def make_group(apps, schema_editor):
    from django.apps import apps as installed

    config = installed.get_app_config("campaigns")
    create_permissions(config, verbosity=0, using=schema_editor.connection.alias)
    group, _made = apps.get_model("auth", "Group").objects.get_or_create(name="Modération")
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="campaigns")
    wanted = [f"{action}_{model}" for model, actions in MAY.items() for action in actions]
    group.permissions.add(*permissions.filter(codename__in=wanted))


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_communes"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
