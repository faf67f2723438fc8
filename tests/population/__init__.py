"""Synthetic populations: ordinary charts made by chance from a seed, and patients planted among them."""
