from django.core.management.base import BaseCommand, CommandError

from i4emploi_site.lib import rotation


class Command(BaseCommand):
    help = "Seals every stored secret anew with the first key of I4_VAULT_KEYS, so that the others can be taken out."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="change nothing: say how many need an older key")

    def handle(self, *args, check: bool, **options):
        report = rotation.inspect() if check else rotation.rotate()
        done = "need an older key" if check else "rewritten with the newest key"
        same = "need only the newest key" if check else "had it already"
        self.stdout.write(f"{report.older} {done}, {report.newest} {same}, {len(report.closed)} could not be opened")
        for row in report.closed:
            self.stdout.write(f"  no key opens {row}")
        if report.closed:
            raise CommandError("Put the key that these were sealed with back into I4_VAULT_KEYS, and run this again.")
        if check and report.older:
            raise CommandError("Keep the older keys until rotate_vault_keys was run.")
