"""What happens to groups: seats, the way in, and the record. Each part has its module."""
