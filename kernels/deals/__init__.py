"""Deals: a coalition's goods and money divided anew among its members after a joint misreport."""
