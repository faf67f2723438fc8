"""What integration engines send: taken on durably, answered from the patient's whole chart, and told back."""
