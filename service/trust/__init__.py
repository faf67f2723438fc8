"""Who is calling: tokens of CDS clients, key sets, callers of the Bundle endpoint. Knows no HTTP framework."""
