"""A FHIR server on loopback that does what a test tells it to: real sockets, real threads, every request recorded.

``with FakeFhirServer(resources) as ehr`` serves reads and searches under ``ehr.base``; ``ehr.behave(hang)`` makes it
misbehave in one of the ways of ``tests.fake_fhir.behaviours``, for all paths or for one resource type.
"""

from tests.fake_fhir.canary import Canary
from tests.fake_fhir.server import Asked, Behaviour, Exchange, FakeFhirServer

__all__ = ["Asked", "Behaviour", "Canary", "Exchange", "FakeFhirServer"]
