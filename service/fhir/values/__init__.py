"""Single values: units, quantities, answers, judgements by the laboratory."""
