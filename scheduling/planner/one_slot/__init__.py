"""Problems with one slot: which points to open, and which one each group goes to as a whole."""
