"""How fields are answered: batch functions, a list of parents in, a list of values out."""
