"""Orders of other drugs: steroids, plasma exchange and the rest."""
