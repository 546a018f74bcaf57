"""A running day planned again: who is called stays, and of the rest as few heads as possible move."""
