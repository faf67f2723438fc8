"""Calls to other servers. The only room that opens a connection to anybody."""

import logging

# urllib3 logs whole URLs, and the URL of a FHIR search holds the id of a patient.
for _name in (
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util",
):
    logging.getLogger(_name).disabled = True
logging.getLogger("urllib3.util.retry").disabled = True
