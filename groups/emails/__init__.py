"""The mails of groups, rendered in each recipient's language; each subject has its module."""
