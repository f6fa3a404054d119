from django.core.management.base import BaseCommand, CommandError

from influencers import spending


class Command(BaseCommand):
    help = "Compare the sums of each month with the ledger of paid calls (--mend: write what the ledger says)."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--mend", action="store_true")

    def handle(self, *args, **options) -> None:
        wrong = spending.recount(mend=options["mend"])
        for case_id, month, counted, ledger in wrong:
            whose = f"case {case_id}" if case_id else "everybody"
            self.stdout.write(f"{month:%Y-%m} {whose}: {counted} counted, {ledger} in the ledger (micro-euros)")
        if wrong and not options["mend"]:
            raise CommandError(f"{len(wrong)} sums differ from the ledger: run again with --mend.")
        self.stdout.write(f"{len(wrong)} sums mended." if wrong else "The sums are those of the ledger.")
