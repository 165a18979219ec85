"""What keeps an installation from running well, found before money is in it."""
