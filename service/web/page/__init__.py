"""The page for people: choose or bring a chart and see what is concluded of it, and why. Nothing of it is kept."""
