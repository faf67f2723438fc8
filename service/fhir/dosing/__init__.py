"""Doses of an order and when they are given, of whatever drug: amounts, lines, timing, rates, the weight to dose by."""
