"""From verdicts to classes, reasons, and what would change the class."""
