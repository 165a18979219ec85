"""The revisions of the store, one file each. A revision that was released is never edited."""
