"""Orders and treatments: which drug, how much, how often, and what of the chart bears on them."""
