from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from campaigns import imports


class Command(BaseCommand):
    help = "Replaces the roll of the elected by a quarterly file of the Répertoire national des élus (CSV)."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="even when the file holds less than half of the roll")

    def handle(self, *args, file: Path, force: bool, **options):
        try:
            counts = imports.import_elected(file, force)
        except (imports.BadFile, imports.Refused, OSError) as error:
            raise CommandError(f"{file}: {error}") from error
        self.stdout.write(
            f"{counts.after} mandates (before: {counts.before}); {counts.unreadable} rows without name or commune"
        )
