"""Voters: one file a library; and the files their artefacts are kept in."""
