"""Optimal bilateral trade of several objects: knapsack, Pareto frontier, and linear programs that prove the optimum."""
