"""Pages of offices, members and logins."""
