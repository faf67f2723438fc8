"""From a Bundle or prefetch to one record per patient: what can be used, and what cannot, with reasons."""
