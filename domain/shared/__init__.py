"""What every area shares: amounts, identities, errors."""
