"""How an approved trade becomes orders, and orders a position that is protected."""
