"""``make codes``: fail on a code that does not exist, and write docs/codes.md."""

import sys

from service.fhir.mappings.all_codes import all_codes
from tests.codes.checked import PAGE, faults, page, shipped

found = list(faults(all_codes(shipped())))
for line in found:
    print(line)
if not found:
    PAGE.write_text(page(shipped()))
    print(f"All codes are in order; {PAGE.name} is written")
sys.exit(1 if found else 0)
