"""An EHR that calls the running service over HTTP, as a real one would: its own keys, its own FHIR server.

``running_service(file, log)`` starts ``mmn-cds serve`` with a settings file, ``Ehr`` calls it, and
``tests.ehr.settings_file`` writes such a file. The calls under ``calls/`` are what known clients send.
"""

from tests.ehr.client import Answer, Ehr
from tests.ehr.running import RunningService, running_service
from tests.ehr.signing import Signer

__all__ = ["Answer", "Ehr", "RunningService", "Signer", "running_service"]
