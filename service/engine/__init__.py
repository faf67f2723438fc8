"""The rule engine, behind one face: ``service.engine.run.Engine``."""
