from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from campaigns import imports


class Command(BaseCommand):
    help = "Brings the communes to what a file says: campaigns/data/communes.tsv.gz, or communes.json of decoupage-administratif."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--force", action="store_true", help="even when the file holds less than half of the communes"
        )

    def handle(self, *args, file: Path, force: bool, **options):
        try:
            counts = imports.import_communes(file, force)
        except (imports.BadFile, imports.Refused, OSError) as error:
            raise CommandError(f"{file}: {error}") from error
        self.stdout.write(
            f"{counts.added} added, {counts.changed} changed, {counts.same} the same, {counts.deleted} deleted, "
            f"{counts.kept} kept because something here is about them"
        )
