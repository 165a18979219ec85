"""Audit, metrics and stories: folds over what was heard and said."""
