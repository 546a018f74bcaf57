"""The search over places: annealing in several threads, and the moves it tries. Runs wherever cohorts have more than one slot."""
