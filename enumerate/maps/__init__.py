"""Maps of possibility: which axioms go together on one problem, and how an answer moves with the grid."""
