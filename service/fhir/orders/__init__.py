"""What an order says, of whatever drug: doses, timing, rates, the weight to dose by, drug, route and reason."""
