"""What is held: positions and the book, as folds over fills."""
