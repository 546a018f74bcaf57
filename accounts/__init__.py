"""People who sign in, their roles, what each role may do, what they did."""
