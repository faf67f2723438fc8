"""Settings: flags, environment and one file, read once into a frozen value. The only reader of the environment."""

from service.settings.model import Settings
from service.settings.problems import SettingsError
from service.settings.sources import read_settings

__all__ = ["Settings", "SettingsError", "read_settings"]
